"""The next seal of a run, for everything that can be known about it."""

from itertools import product

import pytest

from arkrun_history.policy.limits import Limits
from arkrun_history.policy.retention import decide
from arkrun_history.seal.decision import SealFacts, Step, next_seal
from history.builders import NOW, stored_run


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (SealFacts("", spec_sealed=False, sealed_phase=None), Step.SPEC),
        (SealFacts("Running", spec_sealed=False, sealed_phase=None), Step.SPEC),
        (SealFacts("Running", spec_sealed=True, sealed_phase=None), Step.NOTHING),
        (SealFacts("Failed", spec_sealed=True, sealed_phase=None), Step.STATUS),
        (SealFacts("Succeeded", spec_sealed=False, sealed_phase=None), Step.BOTH),
        (SealFacts("Succeeded", spec_sealed=True, sealed_phase="Succeeded"), Step.NOTHING),
        (SealFacts("Running", spec_sealed=True, sealed_phase="Succeeded"), Step.NOTHING),
        (SealFacts("Running", spec_sealed=True, sealed_phase="Failed"), Step.OPEN),
        (SealFacts("Failed", spec_sealed=True, sealed_phase="Failed"), Step.NOTHING),
        (SealFacts("Failed", spec_sealed=True, sealed_phase="Failed", retried=True), Step.STATUS),
        (SealFacts("Failed", spec_sealed=False, sealed_phase="Failed", retried=True), Step.NOTHING),
        (SealFacts("", spec_sealed=True, sealed_phase=""), Step.NOTHING),
        (SealFacts("Failed", spec_sealed=False, sealed_phase=None, deleting=True), Step.NOTHING),
    ],
    ids=[
        "created",
        "running",
        "sealed and running",
        "ended",
        "ended while nobody sealed",
        "complete",
        "Succeeded is never reopened",
        "retried",
        "Failed",
        "retried and ended again",
        "the seal of the spec was removed",
        "the seal of another object",
        "deleting",
    ],
)
def test_the_next_step(facts: SealFacts, expected: Step) -> None:
    """One step for each state."""
    assert next_seal(facts) is expected


def test_every_state_comes_to_rest() -> None:
    """After at most two steps nothing is left to do until the run changes."""
    for phase, sealed, sealed_phase, retried in product(
        ("", "Running", "Succeeded", "Failed"),
        (True, False),
        (None, "", "Succeeded", "Failed"),
        (True, False),
    ):
        facts = SealFacts(phase, sealed, sealed_phase, retried=retried)
        for _ in range(2):
            facts = after(next_seal(facts), facts)
        assert next_seal(facts) is Step.NOTHING


def after(step: Step, facts: SealFacts) -> SealFacts:
    """Return the facts once a step is written."""
    spec = facts.spec_sealed or step in (Step.SPEC, Step.BOTH)
    if step in (Step.STATUS, Step.BOTH):
        return SealFacts(facts.phase, spec, facts.phase)
    return SealFacts(facts.phase, spec, None if step is Step.OPEN else facts.sealed_phase)


def test_retention_deletes_no_run_before_it_is_sealed() -> None:
    """An unsealed run stays, and the next one is not deleted in its place."""
    runs = [
        stored_run("unsealed", ago=4),
        stored_run("half", ago=3, spec_sealed=True),
        stored_run("sealed", ago=2, spec_sealed=True, sealed_phase="Succeeded"),
        stored_run("newest", ago=1),
    ]

    def expired(*, sealed_only: bool) -> list[str]:
        decision = decide(Limits(succeeded=1), runs, NOW, sealed_only=sealed_only)
        return [run.name for run, _ in decision.expired]

    assert expired(sealed_only=False) == ["unsealed", "half", "sealed"]
    assert expired(sealed_only=True) == ["sealed"]
