"""No write changes the spec of a stored run, with and without the webhook.

Where the webhook is not called (`bare`), the CRD alone protects the spec.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jsonpatch
import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_PLURAL
from controlplane import Answer
from support.builders.objects import ROUTED_TEAM, run, team
from support.cluster.installation import Installation
from support.cluster.namespaces import OPT_OUT, create_namespace
from support.cluster.resources import Resource, spec_bytes

pytestmark = pytest.mark.cluster

Spec = dict[str, Any]

# Values that are easily confused: integers above 2^53 and the nearest float, true and 1, null and absent.
PIPELINE_TEAM: Spec = {
    "roles": [
        {"name": "a", "model": "m", "x": {"one": 1, "yes": True, "none": None, "big": 9007199254740993}},
        {"name": "b", "arkAgent": "b", "tools": [{"name": "t1"}, {"name": "t2"}], "empty": {}},
    ],
    "pipeline": [
        {"role": "a", "inputs": {"k": "v"}},
        {"role": "b", "dependsOn": ["a"], "loop": {"condition": "c", "maxIterations": 3}, "x": [[1, 2]]},
    ],
    "output": "{{ .steps.b.output }}",
    "input": {"topic": "t", "tone": "dry"},
    "timeoutSeconds": 600,
    "maxTokens": 9007199254740993,
}


def without(container: Any, key: Any) -> None:
    """Return a copy without one member."""
    del container[key]


PIPELINE_CHANGES: dict[str, Callable[[Spec], Any]] = {
    "teamRef": lambda spec: spec.update(teamRef="other"),
    "teamGeneration": lambda spec: spec.update(teamGeneration=2),
    "teamGeneration removed": lambda spec: without(spec, "teamGeneration"),
    "input value": lambda spec: spec["input"].update(topic="u"),
    "input key added": lambda spec: spec["input"].update(new=""),
    "input key removed": lambda spec: without(spec["input"], "tone"),
    "input removed": lambda spec: without(spec, "input"),
    "input emptied": lambda spec: spec.update(input={}),
    "step appended": lambda spec: spec["pipeline"].append({"role": "c"}),
    "step removed": lambda spec: spec["pipeline"].pop(),
    "steps swapped": lambda spec: spec["pipeline"].reverse(),
    "steps emptied": lambda spec: spec.update(pipeline=[]),
    "pipeline removed": lambda spec: without(spec, "pipeline"),
    "step input": lambda spec: spec["pipeline"][0]["inputs"].update(k="w"),
    "step field added": lambda spec: spec["pipeline"][0].update({"if": "false"}),
    "step unknown field added": lambda spec: spec["pipeline"][0].update(y=""),
    "step field removed": lambda spec: without(spec["pipeline"][1], "dependsOn"),
    "loop bound": lambda spec: spec["pipeline"][1]["loop"].update(maxIterations=4),
    "unknown list reordered": lambda spec: spec["pipeline"][1]["x"][0].reverse(),
    "role appended": lambda spec: spec["roles"].append({"name": "c"}),
    "roles swapped": lambda spec: spec["roles"].reverse(),
    "roles removed": lambda spec: without(spec, "roles"),
    "role model": lambda spec: spec["roles"][0].update(model="n"),
    "tools swapped": lambda spec: spec["roles"][1]["tools"].reverse(),
    "one becomes true": lambda spec: spec["roles"][0]["x"].update(one=True),
    "one becomes text": lambda spec: spec["roles"][0]["x"].update(one="1"),
    "true becomes one": lambda spec: spec["roles"][0]["x"].update(yes=1),
    "null becomes zero": lambda spec: spec["roles"][0]["x"].update(none=0),
    "null removed": lambda spec: without(spec["roles"][0]["x"], "none"),
    "big integer": lambda spec: spec["roles"][0]["x"].update(big=9007199254740992),
    "big integer as a float": lambda spec: spec["roles"][0]["x"].update(big=9007199254740992.0),
    "empty object removed": lambda spec: without(spec["roles"][1], "empty"),
    "empty object becomes a list": lambda spec: spec["roles"][1].update(empty=[]),
    "routing added": lambda spec: spec.update(routing={"model": "m"}),
    "output": lambda spec: spec.update(output=""),
    "output removed": lambda spec: without(spec, "output"),
    "timeoutSeconds": lambda spec: spec.update(timeoutSeconds=601),
    "timeoutSeconds removed": lambda spec: without(spec, "timeoutSeconds"),
    "maxTokens": lambda spec: spec.update(maxTokens=1),
    "maxTokens as a float": lambda spec: spec.update(maxTokens=9007199254740992.0),
    "maxTokens removed": lambda spec: without(spec, "maxTokens"),
}
ROUTED_CHANGES: dict[str, Callable[[Spec], Any]] = {
    "routing model": lambda spec: spec["routing"].update(model="n"),
    "routing unknown field added": lambda spec: spec["routing"].update(x={}),
    "routing field removed": lambda spec: without(spec["routing"], "maxHops"),
    "routing removed": lambda spec: without(spec, "routing"),
    "roles added": lambda spec: spec.update(roles=[{"name": "a"}]),
    "pipeline added": lambda spec: spec.update(pipeline=[]),
    "input added": lambda spec: spec.update(input={"a": "b"}),
    "maxTokens added": lambda spec: spec.update(maxTokens=0),
}


@dataclass(frozen=True)
class Attempt:
    """A change to one of the two runs."""

    victim: str
    name: str
    change: Callable[[Spec], Any]


ATTEMPTS = [Attempt("pipeline", *item) for item in PIPELINE_CHANGES.items()]
ATTEMPTS += [Attempt("routed", *item) for item in ROUTED_CHANGES.items()]


def json_patch(runs: Resource, live: Spec, changed: Spec) -> Answer:
    """Send the change as an RFC 6902 patch."""
    return runs.patch(live["metadata"]["name"], list(jsonpatch.make_patch(live, changed)), "json-patch+json")


def merge_patch(runs: Resource, live: Spec, changed: Spec) -> Answer:
    """Send the change as an RFC 7386 merge patch."""
    return runs.patch(live["metadata"]["name"], compute_merge_patch(live, changed), "merge-patch+json")


def compute_merge_patch(old: Spec, new: Spec) -> Spec:
    """Compute a merge patch; values are compared as JSON text because True == 1 in Python."""
    patch: Spec = {name: None for name in old if name not in new}
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(name), dict):
            patch[name] = compute_merge_patch(old[name], value)
        elif name not in old or json.dumps(value) != json.dumps(old[name]):
            patch[name] = value
    return patch


def put(runs: Resource, live: Spec, changed: Spec) -> Answer:
    """Send the changed object with PUT."""
    return runs.replace(live["metadata"]["name"], changed)


def apply(runs: Resource, live: Spec, changed: Spec) -> Answer:
    """Apply server-side, with force, as the manager that owns the entire spec."""
    name = live["metadata"]["name"]
    document = {**changed, "metadata": {"name": name}}
    return runs.apply(name, document, manager="owner")


METHODS = [json_patch, merge_patch, put, apply]


@pytest.fixture(scope="module")
def stage(admission: Installation) -> dict[str, Resource]:
    """Create the same two runs, with and without the webhook."""
    api = admission.control_plane.api
    stage = {
        "webhook": create_namespace(admission.control_plane),
        "bare": create_namespace(admission.control_plane, {OPT_OUT: "off"}),
    }
    teams = {"pipeline": PIPELINE_TEAM, "routed": ROUTED_TEAM}
    for namespace in stage.values():
        for name, spec in teams.items():
            assert Resource(api, namespace, TEAM_PLURAL).create(team(name, **spec)).status == 201
    runs = {variant: Resource(api, namespace, RUN_PLURAL) for variant, namespace in stage.items()}
    for name in teams:
        stamped = runs["webhook"].apply(name, run(name, team=name), manager="owner").json()
        document = {**run(name, team=name), "spec": stamped["spec"]}
        for each in runs.values():
            assert each.apply(name, document, manager="owner").status in {200, 201}
    return runs


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
@pytest.mark.parametrize("variant", ["webhook", "bare"])
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: f"{attempt.victim}-{attempt.name}")
def test_no_write_changes_spec(
    stage: dict[str, Resource],
    attempt: Attempt,
    variant: str,
    method: Callable[[Resource, Spec, Spec], Answer],
) -> None:
    """For every verb, changing, adding or removing any field is refused, and nothing is stored."""
    runs = stage[variant]
    before = runs.get(attempt.victim)
    changed = copy.deepcopy(before.json())
    attempt.change(changed["spec"])

    answer = method(runs, before.json(), changed)

    assert spec_bytes(runs.get(attempt.victim)) == spec_bytes(before)
    assert answer.status in {400, 403, 422}, answer.body


@pytest.mark.parametrize("variant", ["webhook", "bare"])
def test_strategic_merge_patch_is_not_supported(stage: dict[str, Resource], variant: str) -> None:
    """For custom resources the API server answers 415."""
    answer = stage[variant].patch("pipeline", {"spec": {"maxTokens": 1}}, "strategic-merge-patch+json")

    assert answer.status == 415


@pytest.mark.parametrize("method", [json_patch, put], ids=lambda method: method.__name__)
@pytest.mark.parametrize("variant", ["webhook", "bare"])
def test_spec_cannot_be_removed(
    stage: dict[str, Resource], variant: str, method: Callable[[Resource, Spec, Spec], Answer]
) -> None:
    """Otherwise a new spec could be written afterwards."""
    runs = stage[variant]
    before = runs.get("pipeline")
    changed = before.json()
    del changed["spec"]

    answer = method(runs, before.json(), changed)

    assert answer.status in {400, 403, 422}, answer.body
    assert spec_bytes(runs.get("pipeline")) == spec_bytes(before)


@pytest.mark.parametrize("variant", ["webhook", "bare"])
def test_a_write_of_the_status_subresource_cannot_change_spec(
    stage: dict[str, Resource], variant: str
) -> None:
    """A write to /status with another spec stores only the status."""
    runs = stage[variant]
    before = runs.get("pipeline")
    changed = before.json()
    changed["spec"]["maxTokens"] = 1
    changed["status"] = {"phase": "Pending"}

    replaced = runs.replace("pipeline", changed, "/status")
    patched = runs.patch("pipeline", {"spec": {"maxTokens": 1}}, suffix="/status")

    assert (replaced.status, patched.status) == (200, 200)
    assert replaced.json()["status"]["phase"] == "Pending"
    assert spec_bytes(runs.get("pipeline")) == spec_bytes(before)


@pytest.mark.parametrize("variant", ["webhook", "bare"])
def test_an_unchanged_spec_can_be_written_again(stage: dict[str, Resource], variant: str) -> None:
    """GitOps tools repeatedly write the same object."""
    runs = stage[variant]
    live = runs.get("pipeline").json()

    answers = [method(runs, live, runs.get("pipeline").json()) for method in METHODS]

    assert [answer.status for answer in answers] == [200, 200, 200, 200]
