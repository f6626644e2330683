"""Requests for teams, and the errors of the API server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest
from aiohttp import web

from arkrun_kube import Client
from arkrun_kube.config.credentials import StoredCredentials
from arkrun_kube.config.files import CredentialFile
from arkrun_webhook.errors import Refused, TeamUnanswered
from arkrun_webhook.teams.api_server import ApiServer
from support.builders.kubeconfigs import target
from support.builders.reviews import parsed_team, team_document
from support.http_server import listening

SOON = 5.0


@asynccontextmanager
async def answering(*answers: web.Response | None) -> AsyncIterator[ApiServer]:
    """Stand where a faulty load balancer would and give these answers in turn; None hangs up."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        given = left.pop(0) if len(left) > 1 else left[0]
        if given is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(body=given.body, status=given.status)

    async with listening(answer) as url, Client(target(url)) as client:
        yield ApiServer(client)


def json_answer(document: Any, status: int = 200) -> web.Response:
    """Build an answer with a JSON body."""
    return web.Response(body=msgspec.json.encode(document), status=status)


async def test_a_closed_connection_is_retried() -> None:
    """Requests are repeated within the deadline, also if the server is not ready."""
    async with answering(None, json_answer({}, 503), json_answer(team_document())) as api_server:
        found = await api_server.team("ns", "blog", monotonic() + SOON)

    assert found == parsed_team(msgspec.json.encode(team_document()).decode())


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            json_answer({}, 418),
            (
                'ArkTeam "blog" in namespace "ns" is not readable for arkrun-webhook: '
                "the API server answered HTTP 418"
            ),
        ),
        (
            web.Response(body=b"<html>", status=200),
            (
                'ArkTeam "blog" in namespace "ns" is not readable for arkrun-webhook: '
                "the API server's answer is not JSON"
            ),
        ),
        (
            json_answer({"metadata": {"generation": "x"}}),
            (
                'ArkTeam "blog" in namespace "ns" is not readable for arkrun-webhook: its spec is malformed: '
                "Expected `int`, got `str` - at `$.metadata.generation`"
            ),
        ),
    ],
)
async def test_an_invalid_response_is_an_error(answer: web.Response, message: str) -> None:
    async with answering(answer) as api_server:
        with pytest.raises(Refused) as refused:
            await api_server.team("ns", "blog", monotonic() + SOON)

    assert refused.value.message == message


async def test_an_unreachable_api_server_is_an_error() -> None:
    """The message includes the last error."""
    async with answering(json_answer({}, 503)) as api_server:
        with pytest.raises(TeamUnanswered) as refused:
            await api_server.team("ns", "blog", monotonic() + 0.2)

    assert refused.value.message == (
        'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" in namespace "ns" '
        "(HTTP 503): try again"
    )


async def test_a_missing_token_file_is_named_and_no_request_is_sent(tmp_path: Path) -> None:
    """Without a credential the request would be anonymous."""
    token = tmp_path / "token"
    token.write_text("t")
    where = replace(
        target("http://127.0.0.1:1"),
        credentials=StoredCredentials("it", token_file=CredentialFile(token, "the token")),
    )
    async with Client(where) as client:
        token.unlink()
        with pytest.raises(Refused) as refused:
            await ApiServer(client).team("ns", "blog", monotonic() + SOON)

    assert refused.value.message == (
        'ArkTeam "blog" in namespace "ns" is not readable for arkrun-webhook: no request was sent: '
        f'the token cannot be read: "{token}": No such file or directory'
    )
