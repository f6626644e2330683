"""Records that come back from a backup."""

from typing import Any

import pytest

from builders_webhook import UID, review_body, run_document
from served import Served

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
LABEL = {"arkonis.dev/team": "gone"}
OLD: dict[str, Any] = {"teamRef": "gone", "teamGeneration": 1, "roles": [{"name": "a"}]}


def restored(labels: dict[str, str] | None = LABEL, **spec: Any) -> dict[str, Any]:
    """Build a run that says it comes from a backup; its team no longer exists."""
    document = run_document(labels, **{**OLD, **spec})
    document["metadata"]["annotations"] = {"arkonis.dev/restored": "true", "other": "x"}
    return document


def test_a_record_comes_back_as_it_was(served: Served) -> None:
    """Who has the verb brings back a complete record, and nothing in it is touched."""
    served.restorers.add("alice")
    body = review_body(restored())

    assert served.review(MUTATE, body) == {"uid": UID, "allowed": True}
    assert served.review(VALIDATE, body) == {
        "uid": UID,
        "allowed": True,
        "auditAnnotations": {"decision": "restored"},
    }


def test_the_verb_is_needed(served: Served) -> None:
    """Without the verb the refusal is the RBAC rule that is missing."""
    status = served.review(VALIDATE, review_body(restored()))["status"]

    assert (status["code"], status["reason"]) == (403, "Forbidden")
    assert status["message"] == (
        'user "alice" may not restore ArkRuns in namespace "my-org": the annotation '
        'arkonis.dev/restored needs the RBAC rule apiGroups: ["arkonis.dev"], '
        'resources: ["arkruns"], verbs: ["restore"]'
    )


@pytest.mark.parametrize(
    ("labels", "spec", "lacking"),
    [
        (None, {}, 'metadata.labels["arkonis.dev/team"]'),
        ({"arkonis.dev/team": "x"}, {}, 'metadata.labels["arkonis.dev/team"]'),
        (LABEL, {"teamGeneration": 0}, "spec.teamGeneration"),
        (LABEL, {"roles": []}, "spec.pipeline, spec.roles or spec.routing"),
    ],
)
def test_a_part_of_a_record_is_none(
    served: Served, labels: dict[str, str] | None, spec: dict[str, Any], lacking: str
) -> None:
    """What comes back must say which team spec was in effect."""
    served.restorers.add("alice")
    status = served.review(VALIDATE, review_body(restored(labels, **spec)))["status"]

    assert status["code"] == 422
    assert status["message"] == (
        f'metadata.annotations["arkonis.dev/restored"]: keeps a complete record as it is, and this one '
        f"lacks {lacking}: "
        "restore all of it, or drop the annotation to make a new run"
    )


@pytest.mark.parametrize("value", ["false", "", "True", "1"])
def test_only_true_restores(served: Served, value: str) -> None:
    """Another value of the annotation means nothing: the run is a new one."""
    served.restorers.add("alice")
    document = restored()
    document["metadata"]["annotations"]["arkonis.dev/restored"] = value

    assert served.review(VALIDATE, review_body(document))["allowed"] is False
