"""All recorded writes of the operator are accepted and stored with every field."""

import time
from typing import Any

import pytest

from arkrun_webhook.teams.team import SHARED
from recordings import RECORDINGS, Recording, Replay
from recordings.conftest import World
from support.cluster.resources import lost_fields

pytestmark = pytest.mark.cluster

each_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=str)
A_LATER_SECOND = 1.1
"""Seconds after which a time in managedFields, which has whole seconds, is certainly later."""

REWRITTEN = [recording for recording in RECORDINGS if recording.name in ("dynamic", "dyn-timeout")]
"""Runs of dynamic teams, whose snapshot operator 0.3 rewrites on every reconcile."""


@each_recording
def test_a_recorded_run_is_stored_write_by_write(world: World, recording: Recording) -> None:
    """The team, the run, its metadata and its statuses are stored as sent."""
    replay = world.replay(recording)
    team = replay.create_team()
    created = replay.create_run()

    assert created.status == 201, created.message
    stored = created.json()
    spec = dict(stored["spec"])
    for name, sent in recording.spec.items():
        if name == "teamGeneration":
            assert spec[name] == 1
        elif name == "input":
            assert spec[name].items() >= sent.items()
        elif name in SHARED and team is not None:
            assert spec[name] == team.json()["spec"][name]
        else:
            assert spec[name] == sent
    for number, write in enumerate(recording.writes):
        answer = replay.write(write)
        assert answer.status == 200, f"write {number}: {answer.message}"
        stored = replay.stored()
        assert (stored["spec"], stored["metadata"]["generation"]) == (spec, 1)
        if "status" in write:
            assert stored["status"] == write["status"], f"write {number}"
        if "body" in write:
            wanted = write["body"]["metadata"]["finalizers"]
            assert stored["metadata"].get("finalizers") == wanted


@pytest.mark.parametrize("recording", [each for each in RECORDINGS if each.team], ids=str)
def test_a_recorded_team_is_stored_with_every_field(world: World, recording: Recording) -> None:
    """Only defaults are added, the same as those of the operator's CRD."""
    answer = world.replay(recording).create_team()

    assert answer is not None
    assert answer.status == 201, answer.message
    assert lost_fields(recording.team, answer.json()["spec"]) == []


@pytest.mark.parametrize("recording", REWRITTEN, ids=str)
def test_a_named_controller_rewrites_whole_runs_without_effect(world: World, recording: Recording) -> None:
    """Its updates of spec are accepted without effect and cause no event that would trigger a reconcile."""
    replay = world.replay(recording)
    replay.create_team()
    assert replay.create_run().status == 201

    spec = replay.stored()["spec"]
    changed: dict[str, Any] = {"spec": {**recording.spec, "timeoutSeconds": 77, "unheardOf": {"a": 1}}}
    for write in recording.writes:
        answers = [replay.write(write), *([replay.write(changed)] if "spec" in write else [])]
        assert [answer.status for answer in answers] == [200] * len(answers)
        stored = replay.stored()
        assert (stored["spec"], stored["metadata"]["generation"]) == (spec, 1)


@pytest.mark.parametrize("recording", REWRITTEN, ids=str)
def test_repeated_writes_of_a_run_reach_a_fixed_point(world: World, recording: Recording) -> None:
    """An ignored write may reorder managedFields, which is sorted by time; the next one changes nothing."""
    replay = world.replay(recording)
    replay.create_team()
    assert replay.create_run().status == 201
    changed: dict[str, Any] = {"spec": {**recording.spec, "timeoutSeconds": 77, "unheardOf": {"a": 1}}}
    for write in ({"status": recording.statuses[0]}, changed):
        assert replay.write(write).status == 200

    time.sleep(A_LATER_SECOND)

    assert _version_after(replay, changed) == _version_after(replay, changed)


@pytest.mark.parametrize("recording", [each for each in REWRITTEN if each.operator == "0.3"], ids=str)
def test_another_user_cannot_rewrite_a_run(world: World, recording: Recording) -> None:
    """The same update by another user is refused by our CRD's rules or by the policy."""
    replay = world.replay(recording)
    replay.create_team()
    assert replay.create_run().status == 201
    (first, *_) = [write for write in recording.writes if "spec" in write]
    changed = {**first, "spec": {**first["spec"], "timeoutSeconds": 77, "unheardOf": {"a": 1}}}

    answer = replay.write(changed, by=replay.client)

    assert answer.status == 422
    causes = answer.json()["details"]["causes"]
    reasons = [*(cause.get("field", "") for cause in causes), *(cause["message"] for cause in causes)]
    assert any("spec.timeoutSeconds" in text for text in reasons), reasons
    assert replay.stored()["metadata"]["generation"] == 1


def _version_after(replay: Replay, write: dict[str, Any]) -> str:
    """Send a write that must pass; return the stored resourceVersion."""
    answer = replay.write(write)
    assert answer.status == 200, answer.message
    version: str = replay.stored()["metadata"]["resourceVersion"]
    return version
