"""Updates of named controllers keep the stored spec."""

import asyncio
import base64
import json
from typing import Any

import msgspec
import pytest

from arkrun_webhook.admission.run_mutation import RunMutation
from arkrun_webhook.review.request import AdmissionRequest, decode
from arkrun_webhook.review.response import AdmissionResponse
from arkrun_webhook.teams.lookup import Teams
from support.builders.reviews import UID, review_body, run_document

NAMED = "system:serviceaccount:ark-system:ark-operator"
OLD = run_document(maxTokens=5)


async def nowhere(*_: Any) -> Any:
    """Read no team: an update needs none."""
    raise AssertionError


def asked(new: dict[str, Any], old: dict[str, Any], user: str) -> dict[str, Any]:
    """Send an update to the mutating handler; return its response."""
    body = review_body(new, old=old, operation="UPDATE", userInfo={"username": user})
    request: AdmissionRequest = decode(body)
    response: AdmissionResponse = asyncio.run(RunMutation(Teams(nowhere), [NAMED])(request, 0.0))
    answer: dict[str, Any] = json.loads(msgspec.json.encode(response))
    return answer


@pytest.mark.parametrize(
    ("old", "patch"),
    [
        (OLD, {"path": "/spec", "value": OLD["spec"], "op": "add"}),
        ({**OLD, "spec": {}}, {"path": "/spec", "value": {}, "op": "add"}),
        ({key: OLD[key] for key in ("kind", "metadata")}, {"path": "/spec", "op": "remove"}),
    ],
    ids=["a spec", "an empty spec", "no spec"],
)
def test_the_stored_spec_is_restored_on_updates_of_controllers(
    old: dict[str, Any], patch: dict[str, Any]
) -> None:
    """A named controller's new spec is replaced by the stored one, and the audit log says so."""
    answer = asked(run_document(maxTokens=7, unheardOf={"a": 1}), old, NAMED)

    assert json.loads(base64.b64decode(answer["patch"])) == [patch]
    assert answer["auditAnnotations"] == {"decision": "spec-kept"}


@pytest.mark.parametrize(
    ("new", "user"),
    [(run_document(maxTokens=7), "alice"), (run_document(maxTokens=7), f"{NAMED}-2"), (OLD, NAMED)],
    ids=["anybody else", "a longer name", "no change"],
)
def test_other_updates_are_not_changed(new: dict[str, Any], user: str) -> None:
    """The validating webhook then validates updates of other users."""
    assert asked(new, OLD, user) == {"uid": UID, "allowed": True}
