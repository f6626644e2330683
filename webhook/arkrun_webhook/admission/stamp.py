"""The stamp: the copy of a team's spec in a run, made from one reading of the team.

Pure functions. They copy undecoded JSON, so fields that our models do not know are copied as well.

- `teamGeneration` and the label are the team's.
- The snapshot (`pipeline`, `roles`, `routing`, `defaultContextPolicy` and every other field that does not
  belong to teams alone) is the team's. It replaces a snapshot from the client that differs.
- `output`, `timeoutSeconds` and `maxTokens` are the run's, or the team's if absent or null. Zero and "" are
  values.
- `input` is merged by key: `inputs[].default`, overridden by the team's `input`, then by the run's.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Raw

from arkrun_crd.names import TEAM_LABEL
from arkrun_webhook.admission.refusals import LABEL_PATH, spec_malformed
from arkrun_webhook.compare.diff import Change, changes
from arkrun_webhook.compare.equality import is_set, same
from arkrun_webhook.compare.raw_json import ABSENT, NOTHING, first_byte, members, raw
from arkrun_webhook.review.request import Object, Wire
from arkrun_webhook.review.response import Operation
from arkrun_webhook.teams.team import INHERITED, REQUIRED, SHARED, Team

RunSpec = dict[str, Raw]
"""The undecoded members of a run's spec."""


class Target(Wire):
    """The fields of a spec that say what the run executes; other fields are not decoded."""

    team_ref: Raw = ABSENT
    agent: Raw = ABSENT
    roles: Raw = ABSENT


def run_target(run: Object) -> Target:
    """Return what a run executes; raises `Refused` if its spec is not an object."""
    if run.spec in NOTHING:
        return Target()
    if first_byte(run.spec) != b"{":
        raise spec_malformed(run.spec)
    return msgspec.json.decode(run.spec, type=Target)


def run_spec(run: Object) -> RunSpec:
    """Return the members of a run's spec; empty if there is no spec."""
    return {} if run.spec in NOTHING else members(run.spec)


def stamp(run: Object, spec: RunSpec, team: Team) -> list[Operation]:
    """Return the operations that stamp a run; empty if it is already stamped."""
    operations = []
    if spec.get("teamGeneration", ABSENT) in NOTHING:
        operations.append(Operation("/spec/teamGeneration", raw(team.metadata.generation)))
    operations += [
        Operation(_pointer("/spec", name), value)
        for name, value in team.snapshot.items()
        if not same(spec.get(name, ABSENT), value)
    ]
    operations += [Operation(_pointer("/spec", name), op="remove") for name in fields_not_in_team(spec, team)]
    operations += [Operation(_pointer("/spec", name), team.spec[name]) for name in _to_inherit(spec, team)]
    merged = merged_input(spec, team)
    if merged is not None:
        operations.append(Operation("/spec/input", raw(merged)))
    if run.metadata.labels is None:
        operations.append(Operation("/metadata/labels", raw({TEAM_LABEL: team.metadata.name})))
    elif run.metadata.team_label != team.metadata.name:
        operations.append(Operation(_pointer("/metadata/labels", TEAM_LABEL), raw(team.metadata.name)))
    return operations


def is_current(spec: RunSpec, team: Team) -> bool:
    """Return True if the run names the team's current generation, or none."""
    generation = spec.get("teamGeneration", ABSENT)
    return generation in NOTHING or same(generation, raw(team.metadata.generation))


def differences(spec: RunSpec, team: Team) -> list[Change]:
    """Return the differences of the run's snapshot from the team's; absent fields do not count."""
    differing: list[Change] = []
    for name, value in team.snapshot.items():
        if (sent := spec.get(name, ABSENT)) not in NOTHING:
            differing += changes(sent, value, f"spec.{name}")
    return differing + [Change(f"spec.{name}", spec[name], ABSENT) for name in fields_not_in_team(spec, team)]


def fields_not_in_team(spec: RunSpec, team: Team) -> list[str]:
    """Return the known snapshot fields that the run sets and its team does not."""
    snapshot = team.snapshot
    return [name for name, value in spec.items() if name in SHARED and name not in snapshot and is_set(value)]


def wrong_label(run: Object, team: Team) -> list[Change]:
    """Return the team label as a change if it names another team."""
    name, label = team.metadata.name, run.metadata.team_label
    return [] if label in (None, name) else [Change(LABEL_PATH, raw(label), raw(name))]


def missing_from_stamp(run: Object, spec: RunSpec, team: Team) -> list[str]:
    """Return the paths of the stamp that a run lacks.

    An operator's CRD may prune unknown fields, so only those that every version knows are required.
    """
    snapshot = team.snapshot
    missing = ["teamGeneration"] if spec.get("teamGeneration", ABSENT) in NOTHING else []
    missing += [name for name in REQUIRED if name in snapshot and spec.get(name, ABSENT) in NOTHING]
    missing += _to_inherit(spec, team)
    if merged_input(spec, team) is not None:
        missing.append("input")
    paths = [f"spec.{name}" for name in missing]
    return paths if run.metadata.team_label is not None else [*paths, LABEL_PATH]


def _to_inherit(spec: RunSpec, team: Team) -> list[str]:
    """Return the fields that the run leaves to its team and the team sets."""
    return [
        name
        for name in INHERITED
        if spec.get(name, ABSENT) in NOTHING and is_set(team.spec.get(name, ABSENT))
    ]


def own_input(spec: RunSpec) -> dict[str, Raw] | None:
    """Return the run's own input; None if it is not an object."""
    value = spec.get("input", ABSENT)
    if value in NOTHING:
        return {}
    return members(value) if first_byte(value) == b"{" else None


def merged_input(spec: RunSpec, team: Team) -> dict[str, Raw] | None:
    """Merge the input: defaults, overridden by the team's, then by the run's.

    Returns None if the run sets every input of the team, or if its own input is not an object.
    """
    own, offered = own_input(spec), team_input(team)
    if own is None or offered.keys() <= own.keys():
        return None
    return {name: _text(value) for name, value in offered.items()} | own


def team_input(team: Team) -> dict[str, Raw]:
    """Return the team's input for every run: `inputs[].default`, overridden by `input`."""
    defaults = {each.name: each.default for each in team.inputs if each.default not in NOTHING}
    return defaults | team.input


def missing_input(spec: RunSpec, team: Team) -> list[str]:
    """Return the required inputs that neither the run nor the team sets."""
    known = team_input(team).keys() | (own_input(spec) or {}).keys()
    return [each.name for each in team.inputs if each.required and each.name not in known]


def undeclared_input(spec: RunSpec, team: Team) -> list[str]:
    """Return the run's inputs that the team does not declare; empty if it declares none."""
    if not team.inputs:
        return []
    declared = {each.name for each in team.inputs} | team.input.keys()
    return sorted((own_input(spec) or {}).keys() - declared)


def top_level(differing: Iterable[Change]) -> list[str]:
    """Return the fields of spec that contain the changes, without duplicates."""
    names = (change.path.removeprefix("spec.").partition(".")[0].partition("[")[0] for change in differing)
    return list(dict.fromkeys(names))


def _pointer(holder: str, name: str) -> str:
    """Append a member to a JSON pointer (RFC 6901, 3)."""
    return f"{holder}/{name.replace('~', '~0').replace('/', '~1')}"


def _text(value: Raw) -> Raw:
    """Return a default as a string; another operator's schema may allow numbers and booleans."""
    return value if first_byte(value) == b'"' else raw(bytes(value).decode())
