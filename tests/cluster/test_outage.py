"""Without the webhook stored runs stay protected, and no unstamped run is accepted."""

from collections.abc import Iterator

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import ControlPlane
from support.builders.objects import run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource, spec_bytes

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def stopped() -> Iterator[Installation]:
    """Install the chart, create a run and stop the webhook."""
    with ControlPlane() as control_plane, Installation(control_plane) as installed:
        Resource(control_plane.api, "default", TEAM_PLURAL).create(team())
        made = Resource(control_plane.api, "default", RUN_PLURAL).create(run())
        assert made.status == 201, made.body
        installed.stop_webhook()
        yield installed


@pytest.fixture
def runs(stopped: Installation) -> Resource:
    """Return the runs of the stopped installation."""
    return Resource(stopped.control_plane.api, "default", RUN_PLURAL)


def test_no_run_can_be_created(runs: Resource) -> None:
    """With failurePolicy Fail no run is stored without a snapshot of its team."""
    answer = runs.create(run("unstamped"))

    assert answer.status == 500
    assert 'failed calling webhook "mutate.arkruns.arkonis.dev"' in answer.message
    assert "connection refused" in answer.message
    assert runs.get("unstamped").status == 404


def test_spec_still_cannot_change(runs: Resource) -> None:
    """The CRD's rules refuse the change with the same message as when the webhook runs."""
    before = runs.get("run-1")

    answer = runs.patch("run-1", {"spec": {"maxTokens": 1}})

    assert answer.status in {403, 422}
    assert "spec.maxTokens" in answer.message
    assert spec_bytes(runs.get("run-1")) == spec_bytes(before)


def test_the_team_label_still_cannot_change(runs: Resource) -> None:
    """CRD rules cannot access labels, but the policy can."""
    answer = runs.patch("run-1", {"metadata": {"labels": {TEAM_LABEL: "other"}}})

    assert answer.status == 422
    assert "the label arkonis.dev/team of an ArkRun is written once" in answer.message


def test_metadata_and_status_can_be_written_and_runs_deleted(runs: Resource) -> None:
    """These writes never call the webhook, so an outage blocks no controller."""
    annotate = runs.patch("run-1", {"metadata": {"annotations": {"a": "b"}, "finalizers": ["arkonis.dev/x"]}})
    status = runs.patch("run-1", {"status": {"phase": "Running"}}, suffix="/status")
    free = runs.patch("run-1", {"metadata": {"finalizers": None}})
    deleted = runs.delete("run-1")

    assert [answer.status for answer in (annotate, status, free, deleted)] == [200, 200, 200, 200]
    assert runs.get("run-1").status == 404


def test_runs_are_stamped_once_the_webhook_is_back(stopped: Installation, runs: Resource) -> None:
    """The certificate is stored in the cluster, so a restart needs no manual step."""
    stopped.start_webhook()

    answer = runs.create(run("after"))

    assert answer.json()["metadata"]["labels"] == {TEAM_LABEL: "blog"}
