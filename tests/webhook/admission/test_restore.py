"""Restores of records from a backup."""

from typing import Any

import pytest

from support.builders.reviews import UID, review_body, run_document
from webhook.server import Served

MUTATE, VALIDATE = "/mutate/arkruns", "/validate/arkruns"
RESTORE = "/validate/restored-arkruns"
LABEL = {"arkonis.dev/team": "gone"}
OLD: dict[str, Any] = {"teamRef": "gone", "teamGeneration": 1, "roles": [{"name": "a"}]}


def restored(labels: dict[str, str] | None = LABEL, **spec: Any) -> dict[str, Any]:
    """Build a run that says it comes from a backup; its team no longer exists."""
    document = run_document(labels, **{**OLD, **spec})
    document["metadata"]["annotations"] = {"arkonis.dev/restored": "true", "other": "x"}
    return document


def test_a_run_is_restored_unchanged(served: Served) -> None:
    """A complete record of an authorized caller is accepted without a patch."""
    body = review_body(restored())

    assert served.review(MUTATE, body) == {"uid": UID, "allowed": True}
    assert served.review(RESTORE, body) == {
        "uid": UID,
        "allowed": True,
        "auditAnnotations": {"decision": "restored"},
    }


def test_a_restore_without_permission_is_refused(served: Served) -> None:
    """The match conditions send only callers without the verb here; the refusal contains the RBAC rule."""
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
def test_an_incomplete_record_is_refused(
    served: Served, labels: dict[str, str] | None, spec: dict[str, Any], lacking: str
) -> None:
    """A restored record needs the stamp of its team."""
    status = served.review(RESTORE, review_body(restored(labels, **spec)))["status"]

    assert status["code"] == 422
    assert status["message"] == (
        f'metadata.annotations["arkonis.dev/restored"]: a restored record must be complete, and this one '
        f"lacks {lacking}: "
        "restore the whole object, or remove the annotation to create a new run"
    )


@pytest.mark.parametrize("value", ["false", "", "True", "1"])
def test_only_the_value_true_marks_a_restore(served: Served, value: str) -> None:
    """With another value the run is treated as a new one."""
    document = restored()
    document["metadata"]["annotations"]["arkonis.dev/restored"] = value

    refused = served.review(VALIDATE, review_body(document))

    assert refused["status"]["message"].startswith('ArkTeam "gone" does not exist')


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"arkonis.dev/restored": "true"}, None, 'removed, was "true"'),
        (None, {"arkonis.dev/restored": "true"}, 'added "true"'),
        ({"arkonis.dev/restored": "true"}, {"arkonis.dev/restored": "no"}, '"true" -> "no"'),
    ],
)
def test_the_restored_annotation_is_immutable_after_creation(
    served: Served, before: dict[str, str] | None, after: dict[str, str] | None, change: str
) -> None:
    """No update puts the annotation on a record, or takes it off."""
    old, new = run_document(LABEL, **OLD), run_document(LABEL, **OLD)
    old["metadata"]["annotations"], new["metadata"]["annotations"] = before, after
    status = served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))["status"]

    assert status["details"]["causes"][0]["field"] == 'metadata.annotations["arkonis.dev/restored"]'
    assert status["details"]["causes"][0]["message"] == change


def test_a_different_spelling_of_the_annotation_is_a_change(served: Served) -> None:
    """The API server sends 1.0 as 1, and counts it in the generation."""
    old, new = run_document(LABEL, **OLD), run_document(LABEL, **OLD)
    old["metadata"]["generation"], new["metadata"]["generation"] = 1, 2
    status = served.review(VALIDATE, review_body(new, old=old, operation="UPDATE"))["status"]

    assert status["code"] == 422
    assert status["message"] == (
        "spec: a number is encoded differently (1.0 for 1), or a field beside spec differs: "
        "send the stored run"
    )
