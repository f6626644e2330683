"""Requests that an API server refuses for a while.

The server is a fake: a real one always leaves a client alone a seat, so it cannot be made to refuse reliably.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from arkrun_kube import ApiError, Client, Object
from support.builders.kubeconfigs import target
from support.http_server import listening

LATER = {"Retry-After": "1"}


@asynccontextmanager
async def answering(*statuses: int, headers: dict[str, str]) -> AsyncIterator[tuple[Client, list[bytes]]]:
    """Answer with each status in turn, the last one for ever; yield a client and the bodies received."""
    left, received = list(statuses), list[bytes]()

    async def answer(request: web.Request) -> web.StreamResponse:
        received.append(await request.read())
        status = left.pop(0) if len(left) > 1 else left[0]
        return web.json_response({"message": "busy"}, status=status, headers=headers)

    async with listening(answer) as url, Client(target(url)) as client:
        yield client, received


async def test_a_read_is_retried_when_the_server_asks_for_it() -> None:
    """503 comes from load balancers."""
    async with answering(429, 503, 200, headers=LATER) as (client, received):
        read = await client.get("/api")

    assert (read, len(received)) == ({"message": "busy"}, 3)


async def test_a_write_is_retried_only_if_it_was_not_executed() -> None:
    """With its body after 429; a server error may come after a write."""
    async with answering(429, 504, headers=LATER) as (client, received):
        with pytest.raises(ApiError) as raised:
            await client.create("/api", {"a": 1})

    assert (raised.value.status, received) == (504, [b'{"a":1}'] * 2)


async def test_a_watch_is_not_retried() -> None:
    """Its caller watches again, from the version that it has then."""
    async with answering(429, headers=LATER) as (client, received):
        with pytest.raises(ApiError) as raised:
            _ = [event async for event in client.watch("/api", model=Object)]

    assert (raised.value.status, len(received)) == (429, 1)


@pytest.mark.parametrize(
    ("status", "timeout", "headers"),
    [
        (429, 0.9, LATER),
        (429, 9, {}),
        (429, 9, {"Retry-After": "soon"}),
        (429, 9, {"Retry-After": "10"}),
        (404, 9, LATER),
    ],
)
async def test_another_refusal_is_raised_at_once(
    status: int, timeout: float, headers: dict[str, str]
) -> None:
    """There is no time to repeat the request, or nobody asked for it."""
    async with answering(status, headers=headers) as (client, received):
        with pytest.raises(ApiError) as raised:
            await client.get("/api", timeout=timeout)

    assert (raised.value.status, raised.value.message, len(received)) == (status, "busy", 1)


async def test_a_request_is_sent_ten_times_at_most() -> None:
    """Then the refusal is raised."""
    async with answering(429, headers={"Retry-After": "0"}) as (client, received):
        with pytest.raises(ApiError) as raised:
            await client.get("/api")

    assert (raised.value.status, len(received)) == (429, 10)
