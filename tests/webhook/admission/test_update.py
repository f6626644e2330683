"""Updates of a run: its spec is immutable, everything else can change."""

import copy
import json
from typing import Any

import pytest

from support.builders.reviews import UID, review_body, run_document
from webhook.server import Served

VALIDATE = "/validate/arkruns"
LABEL = {"arkonis.dev/team": "blog"}
ADVICE = "an ArkRun is a record, its spec and team label are written once: create a new run instead"


def test_a_changed_value_is_named_with_both_values(served: Served) -> None:
    """The response has a message, a cause for each path, and a copy for the audit log."""
    old = run_document(LABEL, maxTokens=5, roles=[{"name": "a", "model": "x"}])
    new = run_document(LABEL, maxTokens=7, roles=[{"name": "a", "model": "y"}])

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE")) == {
        "uid": UID,
        "allowed": False,
        "status": {
            "message": f'spec.maxTokens: 5 -> 7; spec.roles[0].model: "x" -> "y"; {ADVICE}',
            "reason": "Invalid",
            "code": 422,
            "details": {
                "name": "blog-run-a1b2c3",
                "group": "arkonis.dev",
                "kind": "ArkRun",
                "causes": [
                    {"reason": "FieldValueForbidden", "message": "5 -> 7", "field": "spec.maxTokens"},
                    {
                        "reason": "FieldValueForbidden",
                        "message": '"x" -> "y"',
                        "field": "spec.roles[0].model",
                    },
                    {"reason": "FieldValueForbidden", "message": ADVICE, "field": "spec"},
                ],
            },
        },
        "auditAnnotations": {
            "decision": "refused",
            "reason": "RecordChanged",
            "changed": "spec.maxTokens,spec.roles[0].model",
        },
    }


def test_many_changes_are_counted(served: Served) -> None:
    """Ten changes are listed, then how many more there are."""
    old = run_document(LABEL, input={f"k{number:02}": "a" for number in range(12)})
    new = run_document(LABEL, input={f"k{number:02}": "b" for number in range(12)})
    status = served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))["status"]

    listed = [f'spec.input.k{number:02}: "a" -> "b"' for number in range(10)]
    assert status["message"] == "; ".join([*listed, "and 2 more differences", ADVICE])
    assert len(status["details"]["causes"]) == 12


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"maxTokens": 1}),
        ({"output": "x"}, {}),
        ({"output": "x"}, {"output": None}),
        ({"output": "x"}, {"output": ""}),
        ({"input": {}}, {}),
        ({"input": {}}, {"input": None}),
        ({"pipeline": [{"x": 1}]}, {"pipeline": [{"x": True}]}),
        ({"pipeline": [{"x": 1}]}, {"pipeline": [{"x": "1"}]}),
        ({"roles": [{"name": "a"}, {"name": "b"}]}, {"roles": [{"name": "b"}, {"name": "a"}]}),
        ({"unheardOf": {"a": [1]}}, {"unheardOf": {"a": [1, 1]}}),
    ],
)
def test_every_difference_is_refused(served: Served, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Values are filled, emptied, removed, reordered or of another type, in known and unknown fields."""
    old, new = run_document(labels=LABEL, **before), run_document(labels=LABEL, **after)

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))["allowed"] is False


def test_a_different_spelling_of_the_same_json_is_accepted(served: Served) -> None:
    """The order of keys and 1.0 for 1 are no changes."""
    old = run_document(LABEL, maxTokens=1, output="x")
    new = run_document(LABEL, output="x", maxTokens=1.0)

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))["allowed"] is True


@pytest.mark.parametrize("spec", [None, [], [1, 2], "x", 1.5, True])
def test_a_spec_that_is_not_an_object_is_immutable_too(served: Served, spec: Any) -> None:
    """A foreign CRD may accept any spec."""
    old = run_document(LABEL) | {"spec": spec}
    new = run_document(LABEL) | {"spec": spec}
    other = run_document(LABEL) | {"spec": "other"}
    same = served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))
    changed = served.review(VALIDATE, review_body(other, old=old, operation="UPDATE"))

    assert same["allowed"] is True
    assert changed["status"]["message"] == f'spec: {json.dumps(spec)} -> "other"; {ADVICE}'


def test_a_spec_cannot_be_removed(served: Served) -> None:
    new = run_document(LABEL)
    del new["spec"]
    response = served.review(VALIDATE, review_body(new, old=run_document(LABEL), operation="UPDATE"))

    assert response["status"]["message"] == f'spec: removed, was {{"teamRef": "blog"}}; {ADVICE}'


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (LABEL, None, 'removed, was "blog"'),
        (LABEL, {}, 'removed, was "blog"'),
        (LABEL, {"arkonis.dev/team": "other"}, '"blog" -> "other"'),
        (LABEL, {"arkonis.dev/team": ""}, '"blog" -> ""'),
        (None, {"arkonis.dev/team": "other"}, 'added "other"'),
        ({"arkonis.dev/team": "other"}, LABEL, '"other" -> "blog"'),
    ],
)
def test_the_team_label_is_immutable(
    served: Served, before: dict[str, str] | None, after: dict[str, str] | None, said: str
) -> None:
    """A run stays in the list of its team."""
    body = review_body(run_document(after), old=run_document(before), operation="UPDATE")

    message = f'metadata.labels["arkonis.dev/team"]: {said}; {ADVICE}'
    assert served.review(VALIDATE, body)["status"]["message"] == message


@pytest.mark.parametrize("labels", [None, {}, {"app": "x"}])
def test_the_missing_label_of_an_old_run_can_be_added(served: Served, labels: dict[str, str] | None) -> None:
    """A run from before the installation has no label."""
    old, new = run_document(labels), run_document({**(labels or {}), **LABEL})

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))["allowed"] is True


def test_metadata_can_change_during_deletion(served: Served) -> None:
    """These are finalizers, owners and other labels."""
    old = run_document(LABEL)
    new = copy.deepcopy(old)
    new["metadata"] |= {
        "deletionTimestamp": "2026-03-17T10:00:00Z",
        "finalizers": [],
        "ownerReferences": [],
        "annotations": None,
        "labels": {**LABEL, "app": "x"},
    }

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE")) == {
        "uid": UID,
        "allowed": True,
    }


def test_updating_an_old_run_needs_no_team(served: Served) -> None:
    """An update sends no request: the team may have been deleted."""
    served.teams.clear()
    old = run_document(LABEL)

    assert served.review(VALIDATE, review_body(old, old=old, operation="UPDATE"))["allowed"] is True


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT"])
def test_deletion_is_allowed(served: Served, operation: str) -> None:
    """A configuration may also call the webhook for DELETE."""
    body = review_body(None, old=run_document(LABEL), operation=operation)

    assert served.review(VALIDATE, body) == {"uid": UID, "allowed": True}


def test_status_writes_are_allowed(served: Served) -> None:
    """The API server itself ignores changes of spec at a subresource."""
    body = review_body(run_document(), old=run_document(LABEL), operation="UPDATE", subResource="status")

    assert served.review(VALIDATE, body) == {"uid": UID, "allowed": True}
