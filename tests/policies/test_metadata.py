"""The team label and the mark of a restored run."""

import pytest

from arkrun_crd.names import RESTORED_ANNOTATION, TEAM_LABEL
from policies.builders import SPEC, ended, record
from policies.conftest import World
from support.cluster.resources import Resource, grant

pytestmark = pytest.mark.cluster


def reason(message: str) -> str:
    """Cut what the API server says about the policy."""
    return message.rsplit("denied request: ", maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("labels", "change"),
    [
        ({TEAM_LABEL: None}, 'was "blog", would be absent'),
        ({TEAM_LABEL: "other"}, 'was "blog", would be "other"'),
        ({TEAM_LABEL: ""}, 'was "blog", would be ""'),
        (None, 'was "blog", would be absent'),
    ],
)
def test_the_team_label_is_immutable(world: World, labels: dict[str, str | None] | None, change: str) -> None:
    """A run that loses it is lost to `kubectl get arkrun -l`."""
    runs = world.runs()
    runs.create(record())

    answer = runs.patch("run-1", {"metadata": {"labels": labels}})

    assert answer.status == 422
    assert reason(answer.message) == (
        f"the label {TEAM_LABEL} of an ArkRun is written once, and is the name of its team ({change}): "
        "leave it as it is"
    )


def test_only_the_correct_missing_label_can_be_added(foreign: World) -> None:
    """A run from before the installation, here one of an agent first, gets no wrong label."""
    runs = foreign.runs()
    agent = record(agent="writer", teamRef=None)
    agent["metadata"].pop("labels")
    assert runs.create(agent).status == 201

    assert runs.patch("run-1", {"metadata": {"labels": {TEAM_LABEL: "writer"}}}).status == 422


def test_a_new_run_without_a_team_has_no_team_label(foreign: World) -> None:
    """It would count as a record of that team."""
    answer = foreign.runs().create(record(agent="writer", teamRef=None))

    assert answer.status == 422
    assert reason(answer.message) == (
        f"a run without spec.teamRef belongs to no team: remove the label {TEAM_LABEL}"
    )


@pytest.mark.parametrize("mark", ["true", None])
def test_the_restored_annotation_is_immutable(world: World, mark: str | None) -> None:
    """It can be set at creation only."""
    runs = world.runs()
    assert runs.create(record(restored=mark)).status == 201

    answer = runs.patch(
        "run-1", {"metadata": {"annotations": {RESTORED_ANNOTATION: None if mark else "true"}}}
    )

    assert answer.status == 422
    assert reason(answer.message) == (
        "the annotation arkonis.dev/restored of an ArkRun can be set only at creation: leave it as it is"
    )


@pytest.mark.parametrize("value", ["false", "", "True", "1"])
def test_the_restored_annotation_has_one_valid_value(world: World, value: str) -> None:
    answer = world.runs().create(record(restored=value))

    assert answer.status == 422
    assert reason(answer.message) == (
        'the annotation arkonis.dev/restored must be "true": correct it to restore a record, '
        "or remove it to create a new run"
    )


def test_a_restore_needs_the_verb(world: World) -> None:
    """The API server's own authorizer decides, by the rule that the refusal names."""
    namespace = world.runs().create(record("made")).json()["metadata"]["namespace"]
    alice = Resource(world.control_plane.api.impersonate("alice"), namespace, "arkruns")

    grant(world.control_plane, namespace, "create")
    refused = alice.create(record(restored="true"))
    grant(world.control_plane, namespace, "restore")
    answer = alice.create(record(restored="true"))

    assert (refused.status, refused.json()["reason"]) == (403, "Forbidden")
    assert reason(refused.message) == (
        "you may not restore ArkRuns in this namespace: the annotation arkonis.dev/restored needs the "
        'RBAC rule apiGroups: ["arkonis.dev"], resources: ["arkruns"], verbs: ["restore"]'
    )
    assert answer.status == 201, answer.message


def test_every_verb_includes_restore(world: World) -> None:
    """`verbs: ["*"]` on runs allows restores, as documented."""
    namespace = world.runs().create(record("made")).json()["metadata"]["namespace"]
    grant(world.control_plane, namespace, "*", "bob")

    answer = Resource(world.control_plane.api.impersonate("bob"), namespace, "arkruns").create(
        record(restored="true")
    )

    assert answer.status == 201, answer.message


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_restored_record_gets_its_status_in_one_write(world: World, phase: str) -> None:
    """Afterwards it is immutable."""
    runs = world.runs()
    assert runs.create(record(restored="true")).json()["spec"] == SPEC

    answers = [
        runs.patch("run-1", {"status": ended(phase)}, suffix="/status"),
        runs.patch("run-1", {"status": {"output": "y"}}, suffix="/status"),
    ]

    assert [answer.status for answer in answers] == [200, 422]
