"""The phases of a run and of a step, and the ways from one to another."""

from typing import Literal

from crd_gen import Rule

RunPhase = Literal["", "Pending", "Running", "Succeeded", "Failed"]
StepPhase = Literal["Pending", "Running", "Succeeded", "Failed", "Skipped"]

# An operator in Go leaves an empty phase out or writes "": both stand for a run nobody has looked at.
WAYS: dict[str, tuple[str, ...]] = {
    "": ("", "Pending", "Running", "Failed"),
    "Pending": ("", "Pending", "Running", "Failed"),
    "Running": ("Running", "Succeeded", "Failed"),
    "Succeeded": ("Succeeded",),
    "Failed": ("Failed", "Pending", "Running"),
}


def _phase(run: str) -> str:
    return f"(has({run}.status) && has({run}.status.phase) ? {run}.status.phase : '')"


def _table() -> str:
    rows = (f"'{phase}': {list(ways)}" for phase, ways in WAYS.items())
    return "{" + ", ".join(rows) + "}"


PHASE_WAYS = Rule(
    f"{_phase('self')} in {_table()}[{_phase('oldSelf')}]",
    "a run goes from Pending to Running or Failed, from Running to Succeeded or Failed,"
    " from Failed back only by a retry, and from Succeeded nowhere",
    reason="FieldValueForbidden",
    field_path=".status.phase",
)
"""On the run, which always has an old self on an update, so that a first status is judged as well."""

REOPENED_BY_RETRY = Rule(
    "!(has(oldSelf.phase) && oldSelf.phase == 'Failed'"
    " && has(self.phase) && self.phase in ['Pending', 'Running'])"
    " || (has(oldSelf.steps) && has(self.steps)"
    " && self.steps.filter(s, has(s.phase) && s.phase == 'Failed').size()"
    " < oldSelf.steps.filter(s, has(s.phase) && s.phase == 'Failed').size())",
    "a Failed run is reopened only by a retry: a Failed step goes back to Pending in the same write",
    reason="FieldValueForbidden",
    field_path=".phase",
)
"""On the status. Counting is enough, and linear in the steps: a Failed step has no other way (STEP_FAILED).

Not all of them need go back: `ark retry --step` names those that do.
"""

STEP_SUCCEEDED = Rule(
    "!has(oldSelf.phase) || oldSelf.phase != 'Succeeded' || self == oldSelf",
    "a step that Succeeded is part of the record: nothing of it can change",
    reason="FieldValueForbidden",
)
STEP_FAILED = Rule(
    "!has(oldSelf.phase) || oldSelf.phase != 'Failed'"
    " || (has(self.phase) && self.phase in ['Failed', 'Pending'])",
    "a Failed step stays Failed or goes back to Pending for another try",
    reason="FieldValueForbidden",
)
NO_STEP_LEAVES = Rule(
    "(self + oldSelf).size() == self.size()",
    "no step leaves the list once it is there",
    reason="FieldValueForbidden",
)
"""On a list keyed by name, where + merges by key (apiserver, pkg/cel/common/maplist.go)."""
