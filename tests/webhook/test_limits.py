"""The memory of bodies: bounded, and never kept from others by slow clients."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.requests import Request
from starlette.types import Message

from arkrun_webhook.errors import BrokenCall
from arkrun_webhook.http.bodies import Bodies

PART = 100_000
SOON = 5.0


class Client:
    """A request whose body comes in the parts that the test sends."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self.request = Request({"type": "http", "headers": []}, self._messages.get)

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
    """Let every task that can run take some steps."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def reading(
    bodies: Bodies, count: int, until: asyncio.Event | None = None
) -> AsyncIterator[tuple[list[Client], list[asyncio.Task[int | str]]]]:
    """Begin to read bodies; end what is left of them."""
    clients = [Client() for _ in range(count)]
    tasks = [asyncio.ensure_future(read(bodies, client, until)) for client in clients]
    await turns()
    yield clients, tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_uploads_without_progress_for_longest_are_dropped() -> None:
    """As many as the new part needs."""
    bodies = Bodies(limit=4 * PART, total=8 * PART, seconds=SOON)
    async with reading(bodies, 8) as (clients, tasks):
        for client in clients:
            client.send(PART)
            await turns()
        late = Client()
        late.send(4 * PART, more=False)

        assert await read(bodies, late) == 4 * PART
        await turns()
        assert [task.done() and task.result() for task in tasks] == ["SlowClient"] * 4 + [False] * 4
        for client in clients[4:]:
            client.send(1, more=False)
        assert await asyncio.gather(*tasks[4:]) == [PART + 1] * 4


async def test_bodies_that_are_handled_are_waited_for() -> None:
    """They have arrived, so they end within the time of a call."""
    bodies, handled = Bodies(limit=2 * PART, total=2 * PART, seconds=SOON), asyncio.Event()
    async with reading(bodies, 2, handled) as (clients, tasks):
        for client in clients:
            client.send(PART, more=False)
        await turns()
        late = Client()
        late.send(PART, more=False)
        waiting = asyncio.ensure_future(read(bodies, late))
        await turns()

        assert not waiting.done()
        handled.set()
        assert await asyncio.gather(waiting, *tasks) == [PART] * 3


async def test_a_thousand_small_uploads_keep_no_large_one_out() -> None:
    """Where they never end: those are dropped whose memory it needs."""
    bodies = Bodies(limit=PART, total=PART, seconds=SOON)
    async with reading(bodies, 1000) as (clients, tasks):
        for client in clients:
            client.send(100)
        await turns()
        late = Client()
        late.send(PART - 50 * 100, more=False)

        assert await read(bodies, late) == PART - 50 * 100
        await turns()
        assert [task.done() for task in tasks] == [True] * 950 + [False] * 50


async def test_all_memory_comes_back() -> None:
    """Whether bodies arrive, grow too large, stop, or their clients leave."""
    bodies = Bodies(limit=2 * PART, total=2 * PART, seconds=0.05)
    for _ in range(3):
        async with reading(bodies, 4) as (clients, tasks):
            for client, parts in zip(clients, ([PART], [PART, PART, PART], [PART], [1]), strict=True):
                for part in parts:
                    client.send(part)
                await turns()
            assert await asyncio.gather(*tasks) == ["SlowClient", "TooLarge", "SlowClient", "SlowClient"]
    whole = Client()
    whole.send(2 * PART, more=False)

    assert await read(bodies, whole) == 2 * PART


async def test_a_time_out_of_the_handler_is_not_the_client_s() -> None:
    """Only the arrival of a body is timed here."""
    client = Client()
    client.send(1, more=False)

    with pytest.raises(TimeoutError):
        async with Bodies(limit=PART, total=PART, seconds=SOON).body(client.request):
            raise TimeoutError
