"""The stamp: which team spec a run was created from, taken from one reading of the team.

Pure. What the stamp copies are spans of the API server's own bytes, so nothing is lost on the way,
fields that this package does not know included.

Who wins, field by field (a field that is null or empty counts as not given, as it does for Go
clients and for the operator, which would otherwise fill it after creation):

- `pipeline`, `roles`, `routing`, `teamGeneration`, the label: the team. Given and equal passes.
- `output`, `timeoutSeconds`, `maxTokens`: the run, else the team.
- `input`: `inputs[].default`, then the team's `input`, then the run's, key by key.
"""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter

import msgspec
from msgspec import Raw, Struct

from arkrun_crd.names import TEAM_LABEL
from arkrun_webhook.compare import given
from arkrun_webhook.diff import Change, changes
from arkrun_webhook.refusals import LABEL_PATH, spec_malformed
from arkrun_webhook.review import Object, Operation, Wire
from arkrun_webhook.spans import ABSENT, NOTHING, digest, first_byte, members, raw

COPIED = ("pipeline", "roles", "routing")
INHERITED = ("output", "timeoutSeconds", "maxTokens")
_STAMPED = ("teamGeneration", *COPIED, *INHERITED)
_spans = attrgetter("pipeline", "roles", "routing", "output", "timeout_seconds", "max_tokens")


class RunSpec(Struct, rename="camel", dict=True):
    """A run's spec, undecoded."""

    team_ref: Raw = ABSENT
    team_generation: Raw = ABSENT
    input: Raw = ABSENT
    pipeline: Raw = ABSENT
    roles: Raw = ABSENT
    routing: Raw = ABSENT
    output: Raw = ABSENT
    timeout_seconds: Raw = ABSENT
    max_tokens: Raw = ABSENT

    @cached_property
    def own_input(self) -> dict[str, Raw] | None:
        """The input that the run itself gives; None when it is no object."""
        if not given(self.input):
            return {}
        return members(self.input) if first_byte(self.input) == b"{" else None


class Declared(Wire):
    """One of a team's `inputs[]`."""

    name: str
    required: bool = False
    default: Raw = ABSENT


class TeamSpec(Wire, dict=True, gc=True):
    """The part of a team's spec that a run is made from, undecoded."""

    pipeline: Raw = ABSENT
    roles: Raw = ABSENT
    routing: Raw = ABSENT
    output: Raw = ABSENT
    timeout_seconds: Raw = ABSENT
    max_tokens: Raw = ABSENT
    input: dict[str, Raw] | None = None
    inputs: list[Declared] | None = None

    @cached_property
    def pipeline_digest(self) -> bytes:
        """The digest of pipeline and roles, made once for all runs that carry the same."""
        return digest(self.pipeline, self.roles)


class TeamMeta(Wire):
    """The part of a team's metadata that counts."""

    name: str = ""
    generation: int = 0
    deletion_timestamp: str | None = None


class Team(Wire):
    """An ArkTeam as the API server sent it."""

    metadata: TeamMeta
    spec: TeamSpec = msgspec.field(default_factory=TeamSpec)


def run_spec(run: Object) -> RunSpec:
    """Read a run's spec; one that is missing or null reads as empty. Raises `Refused` if it is no object."""
    if isinstance(run.spec, dict):
        return msgspec.convert(run.spec, RunSpec)
    if run.spec not in NOTHING:
        raise spec_malformed(run.spec)
    return RunSpec()


def stamp(run: Object, spec: RunSpec, team: Team) -> list[Operation]:
    """Give the operations that make a run say what team it was created from.

    Nothing else is touched, and a run that says so already gets none.
    """
    operations = _spec_operations(spec, team)
    if run.metadata.labels is None:
        operations.append(Operation("/metadata/labels", raw({TEAM_LABEL: team.metadata.name})))
    elif run.metadata.team_label != team.metadata.name:
        pointer = "/metadata/labels/" + TEAM_LABEL.replace("~", "~0").replace("/", "~1")
        operations.append(Operation(pointer, raw(team.metadata.name)))
    return operations


def _spec_operations(spec: RunSpec, team: Team) -> list[Operation]:
    of_run = (spec.team_generation, *_spans(spec))
    of_team = (raw(team.metadata.generation), *_spans(team.spec))
    operations = [
        Operation(f"/spec/{name}", value)
        for name, held, value in zip(_STAMPED, of_run, of_team, strict=True)
        if not given(held) and held != value and (given(value) or (name in COPIED and value not in NOTHING))
    ]
    merged = merged_input(spec, team.spec)
    if merged is not None:
        operations.append(Operation("/spec/input", raw(merged)))
    return operations


def merged_input(spec: RunSpec, team: TeamSpec) -> dict[str, Raw] | None:
    """Merge the input: defaults, then the team's, then the run's.

    None when the run gives all that the team offers, and when its own is no object.
    """
    own, offered = spec.own_input, offered_input(team)
    if own is None or offered.keys() <= own.keys():
        return None
    return {name: _text(value) for name, value in offered.items()} | own


def offered_input(team: TeamSpec) -> dict[str, Raw]:
    """List what the team gives to every run: `inputs[].default` under `input`."""
    defaults = {one.name: one.default for one in team.inputs or () if one.default not in NOTHING}
    return defaults | (team.input or {})


def missing_input(spec: RunSpec, team: TeamSpec) -> list[str]:
    """Name the required inputs that neither the run nor the team gives."""
    known = offered_input(team).keys() | (spec.own_input or {}).keys()
    return [one.name for one in team.inputs or () if one.required and one.name not in known]


def undeclared_input(spec: RunSpec, team: TeamSpec) -> list[str]:
    """Name the run's inputs that the team does not declare, if it declares any."""
    if not team.inputs:
        return []
    declared = {one.name for one in team.inputs} | (team.input or {}).keys()
    return sorted((spec.own_input or {}).keys() - declared)


def contradictions(run: Object, spec: RunSpec, team: Team) -> list[Change]:
    """List where what the client says differs from the team; what it leaves out is no difference."""
    found = _label_contradiction(run, team)
    if given(spec.team_generation):
        found += changes(spec.team_generation, raw(team.metadata.generation), "spec.teamGeneration")
    for name, held, value in zip(COPIED, _spans(spec), _spans(team.spec), strict=False):
        if given(held):
            found += changes(held, value, f"spec.{name}")
    return found


def omissions(run: Object, spec: RunSpec, team: Team) -> list[str]:
    """List the paths of the stamp that a run lacks; a complete run lacks none."""
    paths = [operation.path for operation in _spec_operations(spec, team)]
    if run.metadata.team_label is None:
        paths.append("/metadata/labels")
    return [LABEL_PATH if path == "/metadata/labels" else path[1:].replace("/", ".") for path in paths]


def _label_contradiction(run: Object, team: Team) -> list[Change]:
    name, label = team.metadata.name, run.metadata.team_label
    return [] if label in (None, name) else [Change(LABEL_PATH, raw(label), raw(name))]


def _text(value: Raw) -> Raw:
    """Make a string of a default that a foreign schema let be a number or a flag."""
    return value if first_byte(value) == b'"' else raw(bytes(value).decode())
