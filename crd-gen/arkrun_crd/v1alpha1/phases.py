"""Rules on the phases of a run and of its steps.

While a run is active, the operator may write any phase in any order. A step that Succeeded and a completed
run are immutable.
"""

from crd_gen import Rule

IMMUTABLE_STEP_FIELDS = (
    "phase",
    "output",
    "outputJSON",
    "rawOutput",
    "startTime",
    "completionTime",
    "tokenUsage",
)
"""Fields of a step that are immutable once it Succeeded."""


def _iterations(step: str) -> str:
    return f"(has({step}.iterations) ? {step}.iterations : 0)"


def _same(field: str) -> str:
    """Return a condition: the field has the same value, or is absent in both.

    Comparing lists of one item costs little however long a text is; comparing the texts would cost more
    than a list of steps may (cel-go, checker/cost.go).
    """
    new, old = (f"(has({holder}.{field}) ? [{holder}.{field}] : [])" for holder in ("self", "oldSelf"))
    return f"{new} == {old}"


def _with_phase(holder: str, phase: str) -> str:
    return f"{holder}.steps.filter(s, has(s.phase) && s.phase == '{phase}')"


def _keeps_steps(phase: str) -> str:
    """Return a condition: every step that had the phase is still in the list.

    On a list keyed by name + merges by key (apiserver, pkg/cel/common/maplist.go), so the cost is linear.
    """
    return f"(self.steps + {_with_phase('oldSelf', phase)}).size() == self.steps.size()"


STEP_SUCCEEDED = Rule(
    "!has(oldSelf.phase) || oldSelf.phase != 'Succeeded'"
    f" || {_iterations('self')} > {_iterations('oldSelf')}"
    f" || ({' && '.join(map(_same, IMMUTABLE_STEP_FIELDS))})",
    "a step that Succeeded keeps its output, times and tokens unless a loop runs it again",
    reason="FieldValueForbidden",
)
"""On a step. A loop increases `iterations` when it resets the step to Pending."""

SUCCEEDED_STEPS_STAY = Rule(
    "!has(oldSelf.steps) || !oldSelf.steps.exists(s, has(s.phase) && s.phase == 'Succeeded')"
    f" || (has(self.steps) && {_keeps_steps('Succeeded')})",
    "a step that Succeeded stays in the list",
    reason="FieldValueForbidden",
    field_path=".steps",
)
"""On the status, since a rule on a step does not run when the step is removed."""

REOPENED_BY_RETRY = Rule(
    "!(has(oldSelf.phase) && oldSelf.phase == 'Failed') || (has(self.phase) && (self.phase == 'Failed'"
    " || (self.phase != 'Succeeded' && has(oldSelf.steps) && has(self.steps)"
    f" && {_with_phase('self', 'Failed')}.size() < {_with_phase('oldSelf', 'Failed')}.size()"
    f" && {_keeps_steps('Failed')})))",
    "only a retry reopens a run that Failed: in the same write, a Failed step goes back to Pending",
    reason="FieldValueForbidden",
    field_path=".phase",
)
"""On the status. A retry may reset only some of the Failed steps: `ark retry --step` names them."""
