"""Metadata, finalizers, owners and status can always be written."""

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import Answer
from support.builders.objects import run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource

pytestmark = pytest.mark.cluster

FINALIZER = "arkonis.dev/run"


@pytest.fixture(params=["webhook", "bare"])
def runs(request: pytest.FixtureRequest, admission: Installation) -> Resource:
    """Create `run-1`, with and without the webhook."""
    name = {"webhook": "namespace", "bare": "bare_namespace"}[request.param]
    api, where = admission.control_plane.api, request.getfixturevalue(name)
    Resource(api, where, TEAM_PLURAL).create(team())
    runs = Resource(api, where, RUN_PLURAL)
    assert runs.create(run()).status == 201
    return runs


def assert_accepted(answer: Answer) -> None:
    assert answer.status == 200, answer.body


def test_labels_annotations_and_owners_can_be_written(runs: Resource) -> None:
    """Of all metadata only the team label is protected."""
    owner = {"apiVersion": "arkonis.dev/v1alpha1", "kind": "ArkTeam", "name": "blog", "uid": "1-2"}
    metadata = {
        "labels": {"argocd.argoproj.io/instance": "runs"},
        "annotations": {"note": "checked"},
        "ownerReferences": [{**owner, "controller": True}],
    }

    assert_accepted(runs.patch("run-1", {"metadata": metadata}))

    live = runs.get("run-1").json()["metadata"]
    assert live["annotations"] == {"note": "checked"}
    assert live["ownerReferences"][0]["name"] == "blog"
    assert_accepted(runs.patch("run-1", {"metadata": {"annotations": None, "ownerReferences": None}}))


def test_a_finalizer_can_be_added_and_removed_even_during_deletion(runs: Resource) -> None:
    """Otherwise a deleted run with a finalizer would stay forever."""
    assert_accepted(runs.patch("run-1", {"metadata": {"finalizers": [FINALIZER]}}))
    runs.delete("run-1")
    assert "deletionTimestamp" in runs.get("run-1").json()["metadata"]

    assert_accepted(runs.patch("run-1", {"metadata": {"annotations": {"cleanup": "done"}}}))
    assert_accepted(runs.patch("run-1", {"metadata": {"finalizers": None}}))

    assert runs.get("run-1").status == 404


def test_the_status_can_be_written_until_the_run_ends(runs: Resource) -> None:
    """A controller moves a run from Pending through Running to Succeeded."""
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
    started, completed = "2026-03-17T10:00:00Z", "2026-03-17T10:00:45Z"
    steps = [{"name": "researcher", "phase": "Pending"}, {"name": "writer", "phase": "Pending"}]
    finished = [{**step, "phase": "Succeeded", "output": "ö", "tokenUsage": usage} for step in steps]

    for status in (
        {"phase": "Pending"},
        {"phase": "Running", "startTime": started, "steps": steps},
        {"phase": "Succeeded", "completionTime": completed, "steps": finished, "totalTokenUsage": usage},
    ):
        assert_accepted(runs.patch("run-1", {"status": status}, suffix="/status"))

    assert runs.get("run-1").json()["status"]["steps"] == finished


@pytest.mark.parametrize("label", [None, "other"])
def test_the_team_label_cannot_be_removed(admission: Installation, namespace: str, label: str | None) -> None:
    """Without its label a run would be missing from `kubectl get arkrun -l`; a policy protects it."""
    api = admission.control_plane.api
    Resource(api, namespace, TEAM_PLURAL).create(team())
    runs = Resource(api, namespace, RUN_PLURAL)
    runs.create(run())

    answer = runs.patch("run-1", {"metadata": {"labels": {TEAM_LABEL: label}}})

    wanted = "absent" if label is None else f'"{label}"'
    assert answer.status == 422
    assert answer.message == (
        "arkruns.arkonis.dev \"run-1\" is forbidden: ValidatingAdmissionPolicy 'arkrun-record' with binding "
        f"'arkrun-record' denied request: the label {TEAM_LABEL} of an ArkRun is written once, and is the "
        f'name of its team (was "blog", would be {wanted}): leave it as it is'
    )


def test_only_the_correct_label_can_be_added_to_an_old_run(
    admission: Installation, bare_namespace: str
) -> None:
    """A run created before the installation has no label; the team's name may be added."""
    control_plane = admission.control_plane
    runs = Resource(control_plane.api, bare_namespace, RUN_PLURAL)
    runs.create(run())
    control_plane.kubectl("label", "namespace", bare_namespace, "arkrun-test/admission-")

    wrong = runs.patch("run-1", {"metadata": {"labels": {TEAM_LABEL: "other"}}})
    right = runs.patch("run-1", {"metadata": {"labels": {TEAM_LABEL: "blog"}}})

    assert (wrong.status, right.status) == (422, 200)
