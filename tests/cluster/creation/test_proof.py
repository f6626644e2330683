"""Only stamps of the live team are accepted, without our mutating webhook and after other ones."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from arkrun_webhook.teams.lookup import RECENT_SECONDS
from cluster.creation.mutating_webhook import mutating
from support.builders.objects import PIPELINE_TEAM, run, team
from support.cluster.installation import REGISTRATIONS, Installation
from support.cluster.namespaces import OPT_OUT, create_namespace
from support.cluster.resources import Resource

pytestmark = pytest.mark.cluster

PATH = f"{REGISTRATIONS}/validatingwebhookconfigurations"
SNAPSHOT = {"teamGeneration": 1, **PIPELINE_TEAM}
PROVED_ALONE = 'admission webhook "validate.arkruns.arkonis.dev" denied the request: '


@pytest.fixture(scope="module")
def unmutated(admission: Installation) -> Iterator[str]:
    """Create a namespace for which only the validating webhook is called."""
    api = admission.control_plane.api
    namespace = create_namespace(admission.control_plane, {OPT_OUT: "off"})
    installed = api.call("GET", f"{PATH}/arkrun").json()
    (hook,) = [each for each in installed["webhooks"] if each["name"].startswith("validate.arkruns")]
    hook["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    body = {**installed, "metadata": {"name": namespace}, "webhooks": [hook]}
    assert api.call("POST", PATH, json.dumps(body).encode()).status == 201
    probe = Resource(api, namespace, RUN_PLURAL)
    while probe.create(run("probe", team="nobody"), query="?dryRun=All").status != 422:
        time.sleep(0.05)  # the API server learns of it by a watch
    yield namespace
    api.call("DELETE", f"{PATH}/{namespace}")


@dataclass
class Stage:
    """A team at generation 1 that the webhook has not read yet."""

    installed: Installation
    namespace: str
    team: str = field(default_factory=lambda: f"blog-{uuid4().hex[:6]}")

    @property
    def teams(self) -> Resource:
        return Resource(self.installed.control_plane.api, self.namespace, TEAM_PLURAL)

    def create(self, name: str, **spec: Any) -> subprocess.CompletedProcess[str]:
        """Run `kubectl create` for a run with the team label and these fields of its spec."""
        document = run(name, team=self.team, **spec)
        document["metadata"]["labels"] = {TEAM_LABEL: self.team}
        arguments = ("-n", self.namespace, "create", "-f", "-")
        return self.installed.control_plane.kubectl(*arguments, input=json.dumps(document), check=False)


@pytest.fixture
def stage(admission: Installation, unmutated: str) -> Stage:
    made = Stage(admission, unmutated)
    assert made.teams.create(team(made.team)).status == 201
    return made


def test_a_correct_stamp_is_accepted_from_any_client(stage: Stage) -> None:
    """A run as `ark trigger` sends it is accepted without the mutating webhook."""
    assert stage.create("right", **SNAPSHOT).returncode == 0


def test_a_missing_stamp_is_refused_with_its_missing_parts(stage: Stage) -> None:
    """Without the mutating webhook no run is accepted, and the refusal says what to check."""
    missing = [f"spec.{name}" for name in ("teamGeneration", "pipeline", "roles", "output", "timeoutSeconds")]
    missing += ["spec.maxTokens", "spec.input"]

    assert stage.create("bare").stderr == (
        'The ArkRun "bare" is invalid: \n'
        + "".join(f"* {path}: missing from the stamp\n" for path in missing)
        + f"* spec: the run is not stamped, {', '.join(missing)} missing: the mutating webhook did not "
        "see it, or another one undid it; check the MutatingWebhookConfiguration of arkrun\n"
    )


def test_a_stamp_of_an_older_generation_is_refused(stage: Stage) -> None:
    """A stale stamp is not stored, and the message asks to try again."""
    stage.teams.patch(stage.team, {"spec": {"output": "edited"}})

    assert stage.create("stale", **SNAPSHOT).stderr == (
        f'Error from server (Conflict): error when creating "STDIN": {PROVED_ALONE}ArkTeam "{stage.team}" '
        "is at generation 2 and spec.teamGeneration is 1: "
        "create the run again, without teamGeneration or with the live one\n"
    )


def test_a_stamp_is_compared_with_a_team_read_within_five_seconds(stage: Stage) -> None:
    """A stamp of the team as last read is accepted for five seconds, and refused afterwards."""
    assert stage.create("first", **SNAPSHOT).returncode == 0
    stage.teams.patch(stage.team, {"spec": {"output": "edited"}})
    assert stage.create("second", **SNAPSHOT).returncode == 0

    time.sleep(RECENT_SECONDS)

    assert stage.create("third", **SNAPSHOT).stderr.startswith("Error from server (Conflict)")


def test_a_stamp_of_an_edited_team_is_compared_with_a_fresh_read(stage: Stage) -> None:
    """If the stamp differs from the last read, the team is read again."""
    assert stage.create("before-edit", **SNAPSHOT).returncode == 0
    stage.teams.patch(stage.team, {"spec": {"output": "edited"}})

    assert stage.create("after-edit", **SNAPSHOT | {"teamGeneration": 2, "output": "edited"}).returncode == 0


def test_a_recreated_team_is_distinguished_from_the_deleted_one(stage: Stage) -> None:
    """The new team has the same generation but another spec."""
    uid = stage.teams.get(stage.team).json()["metadata"]["uid"]
    stage.teams.delete(stage.team)
    roles = PIPELINE_TEAM["roles"][::-1]
    recreated = stage.teams.create(team(stage.team, **PIPELINE_TEAM | {"roles": roles})).json()["metadata"]
    assert (recreated["generation"], recreated["uid"] == uid) == (1, False)

    refused = stage.create("recreated", **SNAPSHOT).stderr

    assert refused.startswith('The ArkRun "recreated" is invalid: \n* spec.roles')
    assert refused.endswith(
        f'* spec: not what ArkTeam "{stage.team}" has at generation 1: the team was deleted and recreated, '
        "or another webhook changed the stamp: create the run again\n"
    )


def test_a_run_of_a_deleted_team_is_refused(stage: Stage) -> None:
    """This holds for any stamp."""
    stage.teams.delete(stage.team)

    assert stage.create("late", **SNAPSHOT).stderr == (
        f'The ArkRun "late" is invalid: spec.teamRef: ArkTeam "{stage.team}" does not exist in namespace '
        f'"{stage.namespace}": '
        "create it first, or correct spec.teamRef\n"
    )


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        ({"teamGeneration": 99}, "is at generation 1 and spec.teamGeneration is 99: create the run again"),
        ({"pipeline": None}, "spec.pipeline missing: the mutating webhook did not see it"),
        ({"pipeline": []}, "* spec.pipeline[0]: the run leaves it out"),
        ({"routing": {"model": "m"}}, "* spec.routing: the run gives"),
        ({"roles": PIPELINE_TEAM["roles"][:1]}, "* spec.roles[1]: the run leaves it out"),
    ],
)
def test_a_forged_stamp_is_refused(stage: Stage, forged: dict[str, Any], reason: str) -> None:
    """Every part of the stamp is compared with the live team."""
    refused = stage.create("forged", **(SNAPSHOT | forged))

    assert refused.returncode == 1
    assert reason in refused.stderr


DRIFT = {"op": "add", "path": "/metadata/annotations", "value": {"later": "mutator"}}
LATER: dict[str, tuple[list[dict[str, Any]], str]] = {
    "stamp undone": (
        [{"op": "remove", "path": "/spec/roles"}, {"op": "remove", "path": "/metadata/labels"}],
        "",
    ),
    "snapshot changed": (
        [{"op": "replace", "path": "/spec/roles/0/model", "value": "cheaper"}],
        "",
    ),
    "label changed": (
        [{"op": "add", "path": "/metadata/labels/arkonis.dev~1team", "value": "other"}],
        '* metadata.labels["arkonis.dev/team"]: the run gives "other", the team has "blog"',
    ),
    "generation changed": (
        [{"op": "replace", "path": "/spec/teamGeneration", "value": 7}],
        'ArkTeam "blog" is at generation 1 and spec.teamGeneration is 7: create the run again',
    ),
}


@pytest.mark.parametrize("case", LATER)
def test_a_later_mutating_webhook_cannot_change_the_stamp(
    admission: Installation, namespace: str, case: str
) -> None:
    """After another webhook changed the stamp, the run is stamped again (reinvocationPolicy) or refused."""
    patch, refusal = LATER[case]
    plane = admission.control_plane
    assert Resource(plane.api, namespace, TEAM_PLURAL).create(team()).status == 201
    with mutating(plane, namespace, [DRIFT, *patch]):
        answer = created_until_mutated(admission, namespace)

    if refusal:
        assert refusal in answer
    else:
        stored = Resource(plane.api, namespace, RUN_PLURAL).get("later").json()
        assert stored["metadata"]["annotations"] == {"later": "mutator"}
        assert stored["metadata"]["labels"] == {TEAM_LABEL: "blog"}
        assert stored["spec"] == {"teamRef": "blog", **SNAPSHOT}


def created_until_mutated(admission: Installation, namespace: str) -> str:
    """Create the run `later` until the API server calls the other webhook; return the refusal."""
    runs = Resource(admission.control_plane.api, namespace, RUN_PLURAL)
    while True:
        answer = runs.create(run("later"))
        if answer.status != 201:
            causes = answer.json().get("details", {}).get("causes", ())
            listed = "\n".join(f"* {cause['field']}: {cause['message']}" for cause in causes)
            return listed or answer.message
        if "annotations" in answer.json()["metadata"]:
            return ""
        runs.delete("later")
        time.sleep(0.05)
