"""The stamp: which team spec a run was created from, taken from one reading of the team.

Pure. What the stamp copies are the API server's own bytes, so nothing is lost on the way, fields that
this package does not know included.

Field by field:

- `teamGeneration`, the label: the team's.
- what decides what runs (`pipeline`, `roles`, `routing`, `defaultContextPolicy`, and every field that is
  not the team's alone): the team's. A snapshot that the client sent is replaced where it differs.
- `output`, `timeoutSeconds`, `maxTokens`: the run's unless it is absent or null, else the team's. Zero and
  "" are values.
- `input`: `inputs[].default`, then the team's `input`, then the run's, key by key.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Raw

from arkrun_crd.names import TEAM_LABEL
from arkrun_webhook.admission.refusals import LABEL_PATH, spec_malformed
from arkrun_webhook.compare.diff import Change, changes
from arkrun_webhook.compare.equality import given, same
from arkrun_webhook.compare.raw_json import ABSENT, NOTHING, first_byte, members, raw
from arkrun_webhook.review.request import Object, Wire
from arkrun_webhook.review.response import Operation
from arkrun_webhook.teams.team import INHERITED, REQUIRED, SHARED, Team

RunSpec = dict[str, Raw]
"""The members of a run's spec, not decoded."""


class Target(Wire):
    """What a run runs; nothing else of its spec, which may have any number of members."""

    team_ref: Raw = ABSENT
    agent: Raw = ABSENT
    roles: Raw = ABSENT


def run_target(run: Object) -> Target:
    """Return what a run runs; raises `Refused` if its spec is no object."""
    if run.spec in NOTHING:
        return Target()
    if first_byte(run.spec) != b"{":
        raise spec_malformed(run.spec)
    return msgspec.json.decode(run.spec, type=Target)


def run_spec(run: Object) -> RunSpec:
    """Return the members of a run's spec, none if it is missing."""
    return {} if run.spec in NOTHING else members(run.spec)


def stamp(run: Object, spec: RunSpec, team: Team) -> list[Operation]:
    """Return the operations that stamp a run; none if it is stamped already."""
    operations = []
    if spec.get("teamGeneration", ABSENT) in NOTHING:
        operations.append(Operation("/spec/teamGeneration", raw(team.metadata.generation)))
    operations += [
        Operation(_pointer("/spec", name), value)
        for name, value in team.snapshot.items()
        if not same(spec.get(name, ABSENT), value)
    ]
    operations += [Operation(_pointer("/spec", name), op="remove") for name in foreign_snapshot(spec, team)]
    operations += [Operation(_pointer("/spec", name), team.spec[name]) for name in _not_inherited(spec, team)]
    merged = merged_input(spec, team)
    if merged is not None:
        operations.append(Operation("/spec/input", raw(merged)))
    if run.metadata.labels is None:
        operations.append(Operation("/metadata/labels", raw({TEAM_LABEL: team.metadata.name})))
    elif run.metadata.team_label != team.metadata.name:
        operations.append(Operation(_pointer("/metadata/labels", TEAM_LABEL), raw(team.metadata.name)))
    return operations


def is_current(spec: RunSpec, team: Team) -> bool:
    """Return True if the run gives the team's live generation, or none."""
    generation = spec.get("teamGeneration", ABSENT)
    return generation in NOTHING or same(generation, raw(team.metadata.generation))


def differences(spec: RunSpec, team: Team) -> list[Change]:
    """List where the snapshot that a client sent differs from the team's; an absent field does not."""
    found: list[Change] = []
    for name, value in team.snapshot.items():
        if (held := spec.get(name, ABSENT)) not in NOTHING:
            found += changes(held, value, f"spec.{name}")
    return found + [Change(f"spec.{name}", spec[name], ABSENT) for name in foreign_snapshot(spec, team)]


def foreign_snapshot(spec: RunSpec, team: Team) -> list[str]:
    """List the known snapshot fields that the run gives and its team does not have."""
    snapshot = team.snapshot
    return [name for name, value in spec.items() if name in SHARED and name not in snapshot and given(value)]


def wrong_label(run: Object, team: Team) -> list[Change]:
    """Return the team label as a change if it names another team."""
    name, label = team.metadata.name, run.metadata.team_label
    return [] if label in (None, name) else [Change(LABEL_PATH, raw(label), raw(name))]


def omissions(run: Object, spec: RunSpec, team: Team) -> list[str]:
    """List the paths of the stamp that a run lacks; a complete run lacks none.

    An operator's CRD may prune what it does not know, so only the fields of all its versions must be there.
    """
    snapshot = team.snapshot
    lacking = ["teamGeneration"] if spec.get("teamGeneration", ABSENT) in NOTHING else []
    lacking += [name for name in REQUIRED if name in snapshot and spec.get(name, ABSENT) in NOTHING]
    lacking += _not_inherited(spec, team)
    if merged_input(spec, team) is not None:
        lacking.append("input")
    paths = [f"spec.{name}" for name in lacking]
    return paths if run.metadata.team_label is not None else [*paths, LABEL_PATH]


def _not_inherited(spec: RunSpec, team: Team) -> list[str]:
    """List the fields that the run leaves to the team, and that the team has."""
    return [
        name for name in INHERITED if spec.get(name, ABSENT) in NOTHING and given(team.spec.get(name, ABSENT))
    ]


def own_input(spec: RunSpec) -> dict[str, Raw] | None:
    """Return the input that the run itself gives; None if it is no object."""
    value = spec.get("input", ABSENT)
    if value in NOTHING:
        return {}
    return members(value) if first_byte(value) == b"{" else None


def merged_input(spec: RunSpec, team: Team) -> dict[str, Raw] | None:
    """Merge the input: defaults, then the team's, then the run's.

    None when the run gives all that the team offers, and when its own is no object.
    """
    own, offered = own_input(spec), offered_input(team)
    if own is None or offered.keys() <= own.keys():
        return None
    return {name: _text(value) for name, value in offered.items()} | own


def offered_input(team: Team) -> dict[str, Raw]:
    """Return what the team gives to every run: `inputs[].default` under `input`."""
    defaults = {one.name: one.default for one in team.inputs if one.default not in NOTHING}
    return defaults | team.input


def missing_input(spec: RunSpec, team: Team) -> list[str]:
    """List the required inputs that neither the run nor the team gives."""
    known = offered_input(team).keys() | (own_input(spec) or {}).keys()
    return [one.name for one in team.inputs if one.required and one.name not in known]


def undeclared_input(spec: RunSpec, team: Team) -> list[str]:
    """List the run's inputs that the team does not declare, if it declares any."""
    if not team.inputs:
        return []
    declared = {one.name for one in team.inputs} | team.input.keys()
    return sorted((own_input(spec) or {}).keys() - declared)


def top_level(found: Iterable[Change]) -> list[str]:
    """List the fields of spec that changes are in, once each."""
    names = (change.path.removeprefix("spec.").partition(".")[0].partition("[")[0] for change in found)
    return list(dict.fromkeys(names))


def _pointer(holder: str, name: str) -> str:
    """Extend a JSON pointer (RFC 6901, 3)."""
    return f"{holder}/{name.replace('~', '~0').replace('/', '~1')}"


def _text(value: Raw) -> Raw:
    """Turn a default that a foreign schema let be a number or a flag into a string."""
    return value if first_byte(value) == b'"' else raw(bytes(value).decode())
