"""Random input at every endpoint gets a response and causes no internal error."""

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from starlette.types import Message, Scope

from arkrun_webhook.compare.equality import equal
from arkrun_webhook.errors import TeamNotFound
from arkrun_webhook.http.app import Readiness, create_app
from arkrun_webhook.teams.lookup import Teams
from arkrun_webhook.teams.team import Team
from attack.changes import places
from support.builders.reviews import (
    review_body,
    review_document,
    run_document,
    team,
    team_document,
    with_token,
)
from support.json_values import VALUES

VALIDATE = "/validate/arkruns"
PATHS = ("/mutate/arkruns", VALIDATE, "/validate/arkteams")
CODES = {400, 403, 409, 422}

STAMPED = run_document(
    {"arkonis.dev/team": "blog"},
    teamGeneration=3,
    pipeline=[{"role": "writer"}],
    roles=[{"name": "writer", "model": "m"}],
    input={"a": "{{ .input.b }}"},
)
REVIEWS = [
    review_document(run_document()),
    review_document(STAMPED),
    review_document(STAMPED, old=STAMPED, operation="UPDATE"),
    review_document(run_document(maxTokens=1), old=STAMPED, operation="UPDATE"),
    review_document(team_document(), kind="ArkTeam"),
    review_document(team_document(), old=team_document(), kind="ArkTeam", operation="UPDATE"),
]


async def fetch(namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG001
    """Return the only team."""
    if name == "blog":
        return team()
    raise TeamNotFound(namespace, name)


APP = create_app(
    Teams(fetch), lambda: Readiness(ready=True, reason="ok"), lambda _token: True, body_limit=1024 * 1024
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Share one event loop among all examples."""
    with asyncio.Runner() as running:
        yield running


def post(runner: asyncio.Runner, path: str, body: bytes) -> tuple[int, bytes]:
    """Send a body to the application, without a network between."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": with_token(path),
        "query_string": b"timeout=5s",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def serve() -> None:
        await APP(scope, receive, send)

    runner.run(serve())
    return sent[0]["status"], sent[1]["body"]


def check(runner: asyncio.Runner, path: str, body: bytes) -> None:
    """Check that the response has a message and that no fault was counted."""
    before = panics()
    status, answer = post(runner, path, body)

    assert panics() == before
    if status == 200:
        response = json.loads(answer)["response"]
        assert response["uid"]
        assert response["allowed"] is True or response["status"]["code"] in CODES
        assert all(len(warning) <= 120 for warning in response.get("warnings", ()))
    else:
        assert status == 400
        assert answer.decode()


def panics() -> float:
    """Count the internal errors of all endpoints."""
    metrics = REGISTRY.restricted_registry(["arkrun_webhook_panics_total"]).collect()
    return sum(sample.value for metric in metrics for sample in metric.samples)


@given(st.sampled_from(PATHS), st.binary(max_size=200))
def test_random_bytes_are_a_400(runner: asyncio.Runner, path: str, body: bytes) -> None:
    check(runner, path, body)


@given(st.sampled_from(PATHS), st.sampled_from(REVIEWS), st.data())
def test_a_damaged_review_is_answered_or_refused(
    runner: asyncio.Runner, path: str, review: dict[str, Any], data: st.DataObject
) -> None:
    body = bytearray(json.dumps(review).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        size = data.draw(st.integers(0, 5))
        body[at : at + size] = data.draw(st.binary(max_size=5))
        if not body:
            break
    check(runner, path, bytes(body))


@given(st.sampled_from(PATHS), st.sampled_from(REVIEWS), VALUES, st.data())
def test_a_review_with_a_random_value_is_answered_or_refused(
    runner: asyncio.Runner, path: str, review: dict[str, Any], value: Any, data: st.DataObject
) -> None:
    """The value has another type, at any depth."""
    document = copy.deepcopy(review)
    holder, key = data.draw(st.sampled_from(list(places(document))))
    holder[key] = value
    check(runner, path, json.dumps(document).encode())


@given(VALUES, VALUES)
def test_an_update_is_allowed_if_and_only_if_nothing_changed(
    runner: asyncio.Runner, old: Any, new: Any
) -> None:
    before, after = (run_document({"arkonis.dev/team": "blog"}, odd=value) for value in (old, new))
    status, answer = post(runner, VALIDATE, review_body(after, old=before, operation="UPDATE"))

    assert status == 200
    assert json.loads(answer)["response"]["allowed"] is equal(old, new)
