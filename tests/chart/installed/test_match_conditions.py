"""The writes that call the webhook, found with configurations that name a port on which nothing listens."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from arkrun_crd.names import RESTORED_ANNOTATION, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import Answer, ControlPlane
from support.builders.objects import run, team
from support.cluster.namespaces import OPT_OUT, create_namespace
from support.cluster.resources import Resource, grant
from support.repository import CHART

pytestmark = pytest.mark.cluster

# Connections to port 1 are refused: it is privileged, and nothing listens there.
DEAD = "https://127.0.0.1:1/0123456789abcdef0123456789abcdef"
EFFECTIVE_SECONDS = 30.0


@pytest.fixture(scope="module")
def dead(crds: ControlPlane) -> Iterator[str]:
    """Install the chart with an unreachable webhook for one namespace that already has a team and a run."""
    namespace = create_namespace(crds, {OPT_OUT: "off"})
    assert Resource(crds.api, namespace, TEAM_PLURAL).create(team()).status == 201
    runs = Resource(crds.api, namespace, RUN_PLURAL)
    for name in ("run-1", "run-2"):
        body = run(name)
        assert runs.create(body | {"metadata": {"name": name, "labels": {TEAM_LABEL: "blog"}}}).status == 201
    values = {
        "crds": {"arkruns": {"enabled": False}, "arkteams": {"enabled": False}},
        "policies": {"enabled": False},
        "webhook": {
            "url": DEAD,
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        },
    }
    arguments = [f"--set-json={key}={json.dumps(value)}" for key, value in values.items()]
    crds.helm("install", namespace, str(CHART), "--namespace", namespace, *arguments)
    wait_until_effective(runs)
    yield namespace
    crds.helm("uninstall", namespace, "--namespace", namespace)


def wait_until_effective(runs: Resource) -> None:
    """Wait until the API server has observed both configurations."""
    deadline = time.monotonic() + EFFECTIVE_SECONDS
    stamped = asked = False
    while not (stamped and asked):
        stamped = calls(runs.create(run("probe"), "?dryRun=All"), "mutate.arkruns")
        moved = {"metadata": {"labels": {TEAM_LABEL: "x"}}}
        asked = calls(runs.patch("run-1", moved, suffix="?dryRun=All"), "validate.arkruns")
        assert time.monotonic() < deadline


@pytest.fixture
def runs(dead: str, control_plane: ControlPlane) -> Resource:
    """Return the runs of the namespace with the unreachable webhook."""
    return Resource(control_plane.api, dead, RUN_PLURAL)


@pytest.fixture
def teams(dead: str, control_plane: ControlPlane) -> Resource:
    """Return the teams of the namespace with the unreachable webhook."""
    return Resource(control_plane.api, dead, TEAM_PLURAL)


def calls(answer: Answer, webhook: str) -> bool:
    """Return True if this write called the webhook."""
    return f'failed calling webhook "{webhook}.arkonis.dev"' in answer.message


def test_writes_of_metadata_and_status_call_no_webhook(runs: Resource) -> None:
    """Finalizers, other labels, owners and status can be written during an outage of the webhook."""
    owner = {"apiVersion": "arkonis.dev/v1alpha1", "kind": "ArkTeam", "name": "blog", "uid": "1"}
    unasked = [
        runs.patch("run-1", {"metadata": {"annotations": {"a": "b"}}}),
        runs.patch("run-1", {"metadata": {"labels": {"app": "x"}}}),
        runs.patch("run-1", {"metadata": {"ownerReferences": [owner]}}),
        runs.patch("run-1", {"metadata": {"finalizers": ["arkonis.dev/run"]}}),
        runs.patch("run-1", {"metadata": {"finalizers": None}}),
        runs.patch("run-1", {"status": {"phase": "Running"}}, suffix="/status"),
        runs.replace("run-1", runs.get("run-1").body),
    ]

    assert [answer.status for answer in unasked] == [200] * len(unasked)


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"labels": {TEAM_LABEL: "other"}}},
        {"metadata": {"labels": {TEAM_LABEL: None}}},
        {"metadata": {"labels": None}},
    ],
    ids=["moved", "removed", "all removed"],
)
def test_a_change_of_the_team_label_calls_the_webhook(runs: Resource, change: dict[str, object]) -> None:
    """During an outage no update of our label is accepted."""
    assert calls(runs.patch("run-1", change, suffix="?dryRun=All"), "validate.arkruns")


def test_creating_a_run_calls_the_webhook(runs: Resource) -> None:
    """During an outage no unstamped run is accepted."""
    assert calls(runs.create(run("new")), "mutate.arkruns")


def test_creating_a_team_calls_the_webhook(teams: Resource) -> None:
    """A team's pipeline is validated before any run uses it."""
    assert calls(teams.create(team("new")), "validate.arkteams")


def test_only_a_change_of_spec_of_a_team_calls_the_webhook(teams: Resource) -> None:
    """Metadata and status of a team are not validated, its spec is."""
    assert teams.patch("blog", {"metadata": {"labels": {"app": "x"}}}).status == 200
    assert teams.patch("blog", {"status": {"lastRunName": "run-1"}}, suffix="/status").status == 200

    assert calls(teams.patch("blog", {"spec": {"maxTokens": 1}}), "validate.arkteams")


@pytest.mark.parametrize("webhook", ["restore", "restore-denied"])
def test_a_restore_calls_the_webhook_for_the_permission_of_the_caller(
    runs: Resource, dead: str, control_plane: ControlPlane, webhook: str
) -> None:
    """During an outage nobody can restore; the entry that is called depends on the caller's permission."""
    grant(control_plane, dead, "create", webhook)
    someone = Resource(control_plane.api.impersonate(webhook), dead, RUN_PLURAL)
    caller = runs if webhook == "restore" else someone
    record = run("restored", team="gone", teamGeneration=1, roles=[{"name": "a"}])
    record["metadata"] |= {"labels": {TEAM_LABEL: "gone"}, "annotations": {RESTORED_ANNOTATION: "true"}}

    answer = caller.create(record)

    # The mutating webhook does not change a marked run, so its entry does not match.
    names = {"restore": ["restore"], "restore-denied": ["restore-denied", "validate"]}[webhook]
    assert any(calls(answer, f"{name}.arkruns") for name in names), answer.message


def test_other_kinds_call_no_webhook(control_plane: ControlPlane, dead: str) -> None:
    """An outage does not block other kinds in the same namespaces."""
    made = control_plane.kubectl("create", "configmap", "other", "--from-literal=a=b", "-n", dead)

    assert made.stdout == "configmap/other created\n"


def test_deleting_a_run_calls_no_webhook(runs: Resource) -> None:
    """Deletion never depends on the webhook, so no namespace hangs in Terminating."""
    assert runs.delete("run-2").status == 200
    assert runs.get("run-2").status == 404


def test_the_startup_check_reports_the_called_address_without_the_path(
    dead: str, control_plane: ControlPlane
) -> None:
    """The output ends in a Job's log, and the API server's message contains the secret path."""
    command = [sys.executable, "-m", "arkrun_webhook.check", dead, "0"]
    environment = control_plane.environment()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert 'Post "https://127.0.0.1:1/…": dial tcp 127.0.0.1:1: connect: connection refused' in done.stderr
    assert DEAD.rpartition("/")[2] not in done.stderr
