"""The seals of a run from its creation to its end, again after a retry, and over the sealer's absence."""

import pytest

from arkrun_crd.seal.verify import State
from policies.builders import SPEC, ended, record
from seal.cluster.environment import (
    SealEnvironment,
    create,
    sealed_parts,
    seals,
    wait_for_seals,
    write_status,
)
from support.polling import next_second, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

RETRIED = {
    "phase": "Running",
    "completionTime": None,
    "steps": [
        {**step, "phase": "Pending"} if step["phase"] == "Failed" else step
        for step in ended("Failed")["steps"]
    ],
}


def test_a_run_is_sealed_at_its_creation_and_at_its_end(env: SealEnvironment) -> None:
    """By metadata alone: neither generation nor spec nor status changes."""
    with env.sealer():
        runs = env.runs()
        create(runs)
        open_run = wait_for_seals(runs, (True, False))
        running = env.report(runs)
        status = write_status(runs, ended("Succeeded"))
        run = wait_for_seals(runs, (True, True))

    assert open_run["spec"].items() >= {**SPEC, "pipeline": open_run["spec"]["pipeline"]}.items()
    assert (run["spec"], run["status"], run["metadata"]["generation"]) == (open_run["spec"], status, 1)
    assert seals(run)[0] == seals(open_run)[0]
    assert (running.state, running.status.state) == (State.VERIFIED, State.OPEN)
    report = env.report(runs)
    assert [part.state for part in report.parts.values()] == [State.VERIFIED] * 3


def test_a_retry_opens_the_seal_of_the_end_and_the_next_end_seals_again(env: SealEnvironment) -> None:
    """The seal of the spec stays what it was."""
    with env.sealer():
        runs = env.runs()
        create(runs)
        write_status(runs, ended("Failed"))
        failed = wait_for_seals(runs, (True, True))
        write_status(runs, RETRIED)
        wait_for_seals(runs, (True, False))
        write_status(runs, ended("Succeeded", completionTime="2026-03-17T11:00:00Z"))
        again = wait_for_seals(runs, (True, True))

    assert seals(again)[0] == seals(failed)[0]
    assert seals(again)[1] != seals(failed)[1]
    assert env.report(runs).state is State.VERIFIED


def test_what_happened_while_nobody_sealed_is_sealed_afterwards(env: SealEnvironment) -> None:
    """Created, ended, retried and ended again: each is sealed when the sealer is back, and logged as late."""
    runs = env.runs()
    with env.sealer():
        create(runs, "retried")
        write_status(runs, ended("Failed"), "retried")
        wait_for_seals(runs, (True, True), "retried")
    write_status(runs, RETRIED, "retried")
    write_status(runs, ended("Succeeded", completionTime="2026-03-17T12:00:00Z"), "retried")
    create(runs, "created")
    create(runs, "ended")
    write_status(runs, ended("Failed"), "ended")
    before = env.report(runs, "retried")

    with env.sealer() as replica:
        wait_for_seals(runs, (True, True), "ended")
        wait_for_seals(runs, (True, False), "created")
        wait_for(lambda: env.report(runs, "retried").state is State.VERIFIED)
        late = [
            (line["run"].split("/")[1], line["seal"]) for line in replica.logged if "late" in line["event"]
        ]

    assert before.status.state is State.UNKNOWN
    assert env.report(runs, "ended").state is env.report(runs, "created").state is State.VERIFIED
    assert ("retried", "status") in late


def test_sealing_the_same_runs_again_writes_nothing(env: SealEnvironment) -> None:
    """A replica that takes over finds everything in place."""
    runs = env.runs()
    create(runs)
    write_status(runs, ended("Failed"))
    with env.sealer():
        run = wait_for_seals(runs, (True, True))
    next_second()
    with env.sealer() as replica:
        wait_for(lambda: replica.metric("arkrun_history_unsealed_runs") == 0)
        create(runs, "later")
        wait_for_seals(runs, (True, False), "later")

    assert runs.get("run-1").json() == run


def test_a_killed_leader_loses_no_seal(env: SealEnvironment) -> None:
    """Another replica takes over and seals what came in between."""
    runs = env.runs()
    with env.sealer() as first:
        wait_for(first.is_leading)
        with env.sealer():
            create(runs, "before")
            wait_for_seals(runs, (True, False), "before")
            first.kill()
            create(runs, "between")
            write_status(runs, ended("Succeeded"), "before")
            wait_for_seals(runs, (True, False), "between")
            wait_for_seals(runs, (True, True), "before")

    assert env.report(runs, "before").state is env.report(runs, "between").state is State.VERIFIED


def test_a_removed_seal_is_reported_and_not_written_again(ours: SealEnvironment) -> None:
    """A new seal would hide what was changed with the old one; only an administrator of etcd can do this."""
    runs = ours.runs()
    with ours.sealer() as replica:
        create(runs)
        wait_for_seals(runs, (True, False))
        ours.edit(runs, "run-1", lambda run: run["metadata"].pop("annotations"))
        wait_for(lambda: replica.metric("arkrun_history_stripped_runs") == 1)
        events = ours.events(runs, "SealRemoved")

        assert sealed_parts(runs) == (False, False)
        assert events == ["a seal of this run was removed; it is not sealed again: check it with ark verify"]


def test_a_run_that_cannot_be_sealed_is_reported(foreign: SealEnvironment) -> None:
    """Nested deeper than the limit: an event and a metric, and the other runs are sealed."""
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    runs = foreign.runs()
    with foreign.sealer() as replica:
        assert runs.create(record("deep", xDeep=deep)).status == 201
        create(runs, "other")
        wait_for_seals(runs, (True, False), "other")
        wait_for(lambda: replica.metric("arkrun_history_unsealable_runs") == 1)

        assert sealed_parts(runs, "deep") == (False, False)
        assert foreign.events(runs, "SealFailed") == [
            "this run cannot be sealed: nested more than 256 levels deep"
        ]
