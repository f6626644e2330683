"""The spec of a stored run stays, whatever the schema knows of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from controlplane import Answer
from policies.builders import SPEC, record
from policies.conftest import World
from support.cluster.resources import Resource

pytestmark = pytest.mark.cluster

DENIED = (
    'arkruns.arkonis.dev "run-1" is forbidden: '
    "ValidatingAdmissionPolicy 'arkrun-record' with binding 'arkrun-record' denied request: "
)
Change = Callable[[dict[str, Any]], Any]


def created(world: World) -> Resource:
    """Store one record."""
    runs = world.runs()
    answer = runs.create(record())
    assert answer.status == 201, answer.message
    return runs


def replaced(runs: Resource, change: Change) -> Answer:
    """Read the run, change its spec and write it back."""
    document = runs.get("run-1").json()
    change(document["spec"])
    return runs.replace("run-1", document)


CHANGES: dict[str, Change] = {
    "a value": lambda spec: spec.update(maxTokens=1),
    "an unknown field for another, at the top": lambda spec: spec.update(xOther=spec.pop("xUnknown")),
    "an unknown field for another, in a role": lambda spec: spec["roles"][0].update(
        xOther=spec["roles"][0].pop("xUnknown")
    ),
    "an unknown field for another, in a step": lambda spec: spec["pipeline"][0].update(
        xOther=spec["pipeline"][0].pop("xUnknown")
    ),
    "an unknown field for another, deep inside": lambda spec: spec["roles"][0]["xUnknown"]["deep"][1].update(
        other=spec["roles"][0]["xUnknown"]["deep"][1].pop("ratio")
    ),
    "an unknown value": lambda spec: spec["roles"][0]["xUnknown"]["deep"].reverse(),
    "an unknown field dropped": lambda spec: spec["pipeline"][0].pop("xUnknown"),
    "a field added": lambda spec: spec.update(output="x"),
    "a number that CEL takes for equal": lambda spec: spec["roles"][0]["xUnknown"].update(large=float(2**53)),
    "another spelling of a number": lambda spec: spec["roles"][0]["xUnknown"]["deep"].__setitem__(0, 1.0),
    "everything": lambda spec: spec.clear(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_of_spec_is_refused(world: World, change: Change) -> None:
    """Known fields, unknown ones at every depth, and the spelling of numbers are changed."""
    runs = created(world)

    answer = replaced(runs, change)

    stored = runs.get("run-1").json()
    assert answer.status == 422, answer.message
    assert (stored["spec"], stored["metadata"]["generation"]) == (SPEC, 1)


def test_the_refusal_names_the_changed_fields(foreign: World) -> None:
    """It names top-level fields of spec, in any order."""
    runs = created(foreign)

    answer = runs.patch("run-1", {"spec": {"maxTokens": 1, "output": "x", "roles": None}})

    assert (answer.status, answer.json()["reason"]) == (422, "Invalid")
    sentence, fields = answer.message.split("(changed: ")
    assert sentence == f"{DENIED}an ArkRun is a record, its spec is written once "
    assert fields.endswith("): create a new run instead")
    assert set(fields.split(")")[0].split(", ")) == {"spec.maxTokens", "spec.roles", "spec.output"}


def test_a_different_spelling_is_refused_as_such(foreign: World) -> None:
    """No field differs, so the message mentions the spelling."""
    runs = created(foreign)

    answer = replaced(runs, CHANGES["another spelling of a number"])

    assert answer.message == (
        f"{DENIED}an ArkRun is a record, its spec is written once "
        "(a number is encoded differently, or a field beside spec differs): create a new run instead"
    )


@pytest.mark.parametrize("spec", ["x", None], ids=["a text", "nothing"])
def test_a_spec_that_is_not_an_object_is_refused(foreign: World, spec: object) -> None:
    """Without fields to name the message is a general one."""
    runs = created(foreign)
    document = {**runs.get("run-1").json(), "spec": spec}

    answer = runs.replace("run-1", document)

    assert answer.message == (
        f"{DENIED}an ArkRun is a record, its spec is written once: create a new run instead"
    )


def test_everything_else_of_a_run_can_be_written(world: World) -> None:
    """Labels, annotations, finalizers, owners, the same object again, and deletion."""
    runs = created(world)
    owner = {"apiVersion": "arkonis.dev/v1alpha1", "kind": "ArkTeam", "name": "blog", "uid": "1"}
    answers = [
        runs.patch("run-1", {"metadata": {"labels": {"app": "x"}, "annotations": {"a": "b"}}}),
        runs.patch("run-1", {"metadata": {"ownerReferences": [owner]}}),
        runs.patch("run-1", {"metadata": {"finalizers": ["arkonis.dev/run"]}}),
        runs.replace("run-1", runs.get("run-1").json()),
        runs.apply("run-1", {**record(), "metadata": {"name": "run-1", "annotations": {"c": "d"}}}),
        runs.delete("run-1"),
        runs.patch("run-1", {"metadata": {"finalizers": None}}),
    ]

    assert [answer.status for answer in answers] == [200] * len(answers)
    assert runs.get("run-1").status == 404


def test_the_largest_run_stays_within_the_cost_limit_of_a_policy(world: World) -> None:
    """A spec of a mebibyte: metadata passes, a change is refused by its name."""
    runs = world.runs()
    roles = [{"name": f"r{number}", "model": "m", "systemPrompt": "p" * 5000} for number in range(100)]
    assert runs.create(record(roles=roles, output="x" * 400_000)).status == 201

    assert runs.patch("run-1", {"metadata": {"labels": {"app": "x"}}}).status == 200
    refused = runs.patch("run-1", {"spec": {"maxTokens": 1}})
    assert "spec.maxTokens" in json.dumps(refused.json()), refused.message
