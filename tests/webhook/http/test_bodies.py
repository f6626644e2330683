"""Memory limits of request bodies; slow clients do not block others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.types import Message

from arkrun_webhook.errors import BrokenCall
from arkrun_webhook.http.bodies import SMALL_BODY, Bodies

PART = 100_000
SOON = 5.0


class Client:
    """A request whose body comes in the parts that the test sends."""

    def __init__(self, size: int) -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        headers = [(b"content-length", str(size).encode())]
        self.request = Request({"type": "http", "headers": headers}, self._messages.get)

    def send(self, size: int, *, more: bool = True) -> None:
        """Send a part of the body."""
        self._messages.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": more})


async def read(bodies: Bodies, client: Client, until: asyncio.Event | None = None) -> int | str:
    """Read a body and handle it until an event; return its size, or why it was refused."""
    try:
        async with bodies.body(client.request) as body:
            if until is not None:
                await until.wait()
            return len(body)
    except BrokenCall as broken:
        return broken.why


async def turns() -> None:
    """Run the event loop until no task is ready."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def reading(
    bodies: Bodies, count: int, until: asyncio.Event | None = None, *, size: int = PART
) -> AsyncIterator[tuple[list[Client], list[asyncio.Task[int | str]]]]:
    """Begin to read bodies; end what is left of them."""
    clients = [Client(size) for _ in range(count)]
    tasks = [asyncio.ensure_future(read(bodies, client, until)) for client in clients]
    await turns()
    yield clients, tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_stalled_upload_is_dropped_for_a_waiting_one() -> None:
    """Stalled uploads are dropped within a second, however many there are."""
    bodies = Bodies(limit=PART, total=4 * PART, seconds=SOON)
    async with reading(bodies, 20) as (clients, tasks):
        for client in clients:
            client.send(PART - 1)
            await turns()
        late = Client(PART)
        late.send(PART, more=False)

        assert await asyncio.wait_for(read(bodies, late), 1) == PART
        assert any(task.done() and task.result() == "SlowClient" for task in tasks)


async def test_a_client_that_sends_single_bytes_is_stalled() -> None:
    bodies = Bodies(limit=PART, total=PART, seconds=SOON)
    async with reading(bodies, 1) as ((drip,), tasks):
        drip.send(SMALL_BODY + 1)
        await turns()
        late = Client(PART)
        late.send(PART, more=False)
        waiting = asyncio.ensure_future(read(bodies, late))
        while not waiting.done():
            drip.send(1)
            await asyncio.sleep(0.02)

        assert (await waiting, await tasks[0]) == (PART, "SlowClient")


async def test_an_upload_that_waits_for_memory_is_not_dropped() -> None:
    """Many clients that send everything at once are all served, in turns."""
    bodies, served = Bodies(limit=PART, total=3 * PART, seconds=SOON), asyncio.Event()
    served.set()
    async with reading(bodies, 30, served) as (clients, tasks):
        for client in clients:
            client.send(PART // 2)
        await turns()
        for client in clients:
            client.send(PART - PART // 2, more=False)

        assert await asyncio.gather(*tasks) == [PART] * 30


async def test_an_upload_waits_for_the_memory_of_handled_bodies() -> None:
    """These bodies have arrived, so their memory is released within the timeout of a request."""
    bodies, handled = Bodies(limit=2 * PART, total=2 * PART, seconds=SOON), asyncio.Event()
    async with reading(bodies, 2, handled) as (clients, tasks):
        for client in clients:
            client.send(PART, more=False)
        await turns()
        late = Client(PART)
        late.send(PART, more=False)
        waiting = asyncio.ensure_future(read(bodies, late))
        await turns()

        assert not waiting.done()
        handled.set()
        assert await asyncio.gather(waiting, *tasks) == [PART] * 3


async def test_a_small_review_is_read_before_larger_uploads_that_wait() -> None:
    """Clients that begin large uploads all the time do not delay it."""
    bodies = Bodies(limit=4 * PART, total=4 * PART, seconds=SOON)
    async with (
        reading(bodies, 1, size=4 * PART) as (first, _),
        reading(bodies, 5, size=4 * PART) as (later, _),
    ):
        for client in first:
            client.send(PART)
        await turns()
        small = Client(PART)
        small.send(PART, more=False)
        review = asyncio.ensure_future(read(bodies, small))
        await turns()
        for client in later:
            client.send(PART)

        assert await asyncio.wait_for(review, 1) == PART


async def test_small_uploads_reserve_no_memory() -> None:
    """A thousand small uploads that never end do not block a large one."""
    bodies = Bodies(limit=PART, total=PART, seconds=SOON)
    async with reading(bodies, 1000) as (clients, tasks):
        for client in clients:
            client.send(1024)
        await turns()
        late = Client(PART)
        late.send(PART, more=False)

        assert await read(bodies, late) == PART
        assert not any(task.done() for task in tasks)


async def test_all_memory_is_released() -> None:
    """Bodies arrive, grow too large, stop, or their clients disconnect."""
    bodies = Bodies(limit=PART, total=2 * PART, seconds=0.05)
    for _ in range(3):
        async with reading(bodies, 3) as (clients, tasks):
            for client, parts in zip(clients, ([PART], [PART, 1], [1]), strict=True):
                for part in parts:
                    client.send(part)
                await turns()
            assert await asyncio.gather(*tasks) == ["SlowClient", "TooLarge", "SlowClient"]
    async with reading(bodies, 2) as (clients, tasks):
        for client in clients:
            client.send(PART, more=False)

        assert await asyncio.gather(*tasks) == [PART, PART]


@pytest.mark.parametrize("announced", [b"100001", b"9" * 5000, b"0" * 5000 + b"100001"])
async def test_a_content_length_above_the_limit_is_refused_without_reading(announced: bytes) -> None:
    """The header may have any valid form."""
    client = Client(PART)
    client.request.scope["headers"] = [(b"content-length", announced)]

    assert await read(Bodies(limit=PART, total=PART, seconds=SOON), client) == "TooLarge"


async def test_a_timeout_of_the_handler_is_not_reported_as_the_clients() -> None:
    """The timeout applies only to the arrival of the body."""
    client = Client(1)
    client.send(1, more=False)

    with pytest.raises(TimeoutError):
        async with Bodies(limit=PART, total=PART, seconds=SOON).body(client.request):
            raise TimeoutError
