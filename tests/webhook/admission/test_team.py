"""Validation of teams."""

import copy
from typing import Any

import pytest

from support.builders.reviews import UID, review_body, team_document
from webhook.server import Served

VALIDATE = "/validate/arkteams"
BROKEN: dict[str, Any] = {"roles": [{"name": "a"}], "pipeline": [{"role": "b"}]}


def test_a_valid_team_is_accepted(served: Served) -> None:
    assert served.review(VALIDATE, review_body(team_document(), kind="ArkTeam")) == {
        "uid": UID,
        "allowed": True,
    }


def test_an_invalid_team_is_refused_with_each_field(served: Served) -> None:
    """Every error is a cause with its field, and the message lists all of them."""
    body = review_body(team_document(**BROKEN, routing={}), kind="ArkTeam")
    status = served.review(VALIDATE, body)["status"]

    assert status["details"]["causes"] == [
        {
            "reason": "FieldValueInvalid",
            "message": (
                "a team has one of pipeline, routing (routed) and search, or an entry role (dynamic), "
                "and this one has pipeline and routing"
            ),
            "field": "spec",
        },
        {
            "reason": "FieldValueNotFound",
            "message": '"b" is no role of this team, which has: a',
            "field": "spec.pipeline[0].role",
        },
    ]
    assert status["message"] == "; ".join(
        f"{cause['field']}: {cause['message']}" for cause in status["details"]["causes"]
    )


def test_a_role_can_be_added_beside_a_deeply_nested_one(served: Served) -> None:
    """The webhook only compares whether spec changed; it does not search the differences."""
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    roles: list[Any] = [{"name": "a", "limits": deep}]
    old, new = (
        team_document(roles=[*roles, *more], pipeline=[{"role": "a"}]) for more in ([], [{"name": "b"}])
    )

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE", kind="ArkTeam")) == {
        "uid": UID,
        "allowed": True,
    }


def test_doubtful_templates_are_warnings(served: Served) -> None:
    """Warnings are truncated to 120 characters."""
    spec: dict[str, Any] = {
        "roles": [{"name": "a"}],
        "pipeline": [{"role": "a", "inputs": {"x": "{{ .steps.b.output }}"}}],
    }
    response = served.review(VALIDATE, review_body(team_document(**spec), kind="ArkTeam"))

    assert response == {
        "uid": UID,
        "allowed": True,
        "warnings": ['spec.pipeline[0].inputs.x: template refers to the unknown step "b"'],
    }


def test_warnings_are_short_and_printable(served: Served) -> None:
    """The API server drops warnings with control characters and cuts long ones."""
    role = "r\n" + "x" * 150
    spec: dict[str, Any] = {
        "roles": [{"name": "a"}],
        "pipeline": [{"role": "a", "if": "{{ index .steps `" + role + "` }}"}],
    }
    (warning,) = served.review(VALIDATE, review_body(team_document(**spec), kind="ArkTeam"))["warnings"]

    assert warning == 'spec.pipeline[0].if: template refers to the unknown step "r ' + "x" * 59 + "…"
    assert len(warning) == 120


def test_durations_in_days_are_refused(served: Served) -> None:
    """Go parses no days, and one team that it cannot decode breaks the operator's list of all teams."""
    document = team_document(roles=[{"name": "a"}], pipeline=[{"role": "a"}], runRetainFor="7d")
    response = served.review(VALIDATE, review_body(document, kind="ArkTeam"))

    assert response["status"]["message"] == (
        'spec.runRetainFor: "7d" is not a Go duration of at most 292 years: write hours, such as 168h'
    )


def test_a_name_that_no_run_can_carry_is_a_warning(served: Served) -> None:
    """The name of a team is a label value of its runs, which is limited to 63 characters."""
    response = served.review(VALIDATE, review_body(team_document(), kind="ArkTeam", name="x" * 64))

    assert response["warnings"] == ["metadata.name has 64 characters; a team can be run with 63 at most"]


@pytest.mark.parametrize("change", [{}, {"deletionTimestamp": "2026-03-17T10:00:00Z"}])
def test_an_existing_invalid_team_can_still_be_updated(served: Served, change: dict[str, Any]) -> None:
    """Metadata of an invalid team can change, also during deletion, as long as spec does not."""
    old = team_document(**BROKEN)
    new = copy.deepcopy(old)
    new["metadata"] |= {"labels": {"a": "b"}, **change}
    if change:
        new["spec"]["entry"] = "z"

    assert served.review(VALIDATE, review_body(new, old=old, operation="UPDATE", kind="ArkTeam")) == {
        "uid": UID,
        "allowed": True,
    }


def test_an_update_that_makes_a_team_invalid_is_refused(served: Served) -> None:
    """An update is validated like a creation."""
    body = review_body(team_document(**BROKEN), old=team_document(), operation="UPDATE", kind="ArkTeam")

    assert served.review(VALIDATE, body)["allowed"] is False
