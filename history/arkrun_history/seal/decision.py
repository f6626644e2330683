"""The next step for the seals of a run, as a pure function of what is known about the run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from arkrun_crd.seal.statement import TERMINAL

__all__ = ["SealFacts", "Step", "next_seal"]


class Step(StrEnum):
    """What to write next. OPEN removes the seal of the end, because a retry has reopened the run."""

    NOTHING = "nothing"
    SPEC = "spec"
    STATUS = "status"
    BOTH = "both"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What is known about a run.

    `sealed_phase` is the phase that the seal of the end names: None without such a seal, empty for a seal
    that is not ours to touch. `retried` is True if the status differs from the sealed one as after a retry.
    """

    phase: str
    spec_sealed: bool
    sealed_phase: str | None
    deleting: bool = False
    retried: bool = False


def next_seal(run: SealFacts) -> Step:
    """Return the next step; after it, nothing is left to do until the run changes.

    Only the seal of a run that Failed is ever replaced, since only such a run can be retried.
    """
    ended = run.phase in TERMINAL
    if run.deleting:
        return Step.NOTHING
    if run.sealed_phase is None:
        if run.spec_sealed:
            return Step.STATUS if ended else Step.NOTHING
        return Step.BOTH if ended else Step.SPEC
    # Without its own seal, that of the spec was removed: a new one would hide that.
    if run.sealed_phase != "Failed" or not run.spec_sealed:
        return Step.NOTHING
    return _after_retry(ended=ended, retried=run.retried)


def _after_retry(*, ended: bool, retried: bool) -> Step:
    if not ended:
        return Step.OPEN
    return Step.STATUS if retried else Step.NOTHING
