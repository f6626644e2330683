"""Which runs the sealer looks at, and in which order, from the changes of the store alone."""

from typing import Any

import pytest

from arkrun_history.reflector.store import RunStore
from arkrun_history.reflector.table import Run
from arkrun_history.seal.tracker import SealTracker
from arkrun_history.settings import Settings
from history.builders import stored_run


def tracker() -> SealTracker:
    """Build a tracker of no runs."""
    return SealTracker(RunStore())


async def queued(found: SealTracker) -> list[str]:
    """Return the names of all queued runs."""
    return [(await found.next_task()).run[1] for _ in iter(lambda: found.empty, True)]


def sealed(name: str, phase: str, sealed_phase: str | None, **more: Any) -> Run:
    """Build a run whose spec is sealed."""
    return stored_run(name, phase, spec_sealed=True, sealed_phase=sealed_phase, **more)


async def test_live_changes_come_before_the_backlog() -> None:
    """A restart with thousands of unsealed runs delays no new one."""
    found = tracker()
    found.replace([stored_run("old-1"), stored_run("old-2", "Running")])
    found.upsert(stored_run("new", "Pending"))

    assert await queued(found) == ["new", "old-1", "old-2"]


async def test_a_run_is_queued_once() -> None:
    """However often it changes before it is looked at."""
    found = tracker()
    for _ in range(3):
        found.upsert(stored_run("run", "Running"))

    assert await queued(found) == ["run"]


async def test_a_sealed_run_is_left_alone() -> None:
    """Only one that Failed is looked at again, since it may have been retried."""
    found = tracker()
    found.replace(
        [
            sealed("running", "Running", None),
            sealed("succeeded", "Succeeded", "Succeeded"),
            sealed("failed", "Failed", "Failed"),
            sealed("restored", "Failed", ""),
        ]
    )

    assert await queued(found) == ["failed"]
    assert found.unsealed == set()


async def test_a_run_that_is_unsealed_counts_until_it_is_sealed() -> None:
    """Or deleted."""
    found = tracker()
    for name in ("a", "b", "c"):
        found.upsert(stored_run(name, "Running"))
    found.upsert(sealed("a", "Running", None))
    found.delete(stored_run("b", "Running"))

    assert found.unsealed == {"uid-of-c"}
    found.upsert(sealed("a", "Failed", None))
    assert found.unsealed == {"uid-of-a", "uid-of-c"}


async def test_a_retry_is_remembered_until_it_is_sealed() -> None:
    """Even if the run has ended again by the time that it is looked at."""
    found = tracker()
    found.upsert(sealed("run", "Failed", "Failed"))
    found.upsert(sealed("run", "Running", "Failed"))
    found.upsert(sealed("run", "Failed", "Failed"))

    assert found.reopened == {"uid-of-run"}
    assert await queued(found) == ["run"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (sealed("run", "Running", None), stored_run("run", "Running")),
        (sealed("run", "Succeeded", "Succeeded"), sealed("run", "Succeeded", None)),
        (sealed("run", "Succeeded", "Succeeded"), stored_run("run", "Succeeded")),
    ],
    ids=["spec", "status", "both"],
)
async def test_a_run_that_loses_a_seal_is_not_sealed_again(before: Run, after: Run) -> None:
    """A new seal would hide what was changed together with the old one."""
    found = tracker()
    found.upsert(before)
    found.upsert(after)

    assert await queued(found) == []
    assert found.stripped == {"uid-of-run": ("my-org", "run")}
    found.delete(after)
    assert found.stripped == {}


async def test_a_seal_that_a_retry_opened_is_not_missed() -> None:
    """The sealer removed it itself."""
    found = tracker()
    for run in (
        sealed("run", "Failed", "Failed"),
        sealed("run", "Running", "Failed"),
        sealed("run", "Running", None),
    ):
        found.upsert(run)
    await queued(found)
    found.upsert(sealed("run", "Succeeded", None))

    assert (found.stripped, await queued(found)) == ({}, ["run"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seal", "--dry-run"], "--seal writes to runs: leave out --dry-run, or --seal"),
        (["--no-retention"], "--no-retention without --seal leaves nothing to do"),
    ],
)
def test_switches_that_contradict_each_other_are_refused(arguments: list[str], message: str) -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match=message):
        Settings(_cli_parse_args=arguments)
