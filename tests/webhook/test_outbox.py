"""Answers wait for the end of the turn in which they were made, and no longer."""

import asyncio

from arkrun_webhook.outbox import Outbox
from bench.inside import Wire


class Gone(Wire):
    """A connection whose client has hung up."""

    def is_closing(self) -> bool:
        """Be closing."""
        return True


async def test_answers_are_written_when_the_turn_is_over() -> None:
    """In the order in which they were made; before a task that was started after them."""
    outbox, wire, loop = Outbox(), Wire(), asyncio.get_running_loop()
    seen: list[list[bytes]] = []

    async def look() -> None:
        seen.append(wire.written.copy())

    outbox.put(loop, wire, b"first")
    task = asyncio.create_task(look())
    outbox.put(loop, wire, b"second")
    assert wire.written == []
    await task

    assert seen == [[b"first", b"second"]]


async def test_who_cannot_wait_gets_them_at_once() -> None:
    """A flush leaves nothing to be written twice."""
    outbox, wire, loop = Outbox(), Wire(), asyncio.get_running_loop()
    outbox.put(loop, wire, b"first")
    outbox.flush()
    assert wire.written == [b"first"]
    outbox.put(loop, wire, b"second")
    await asyncio.sleep(0)

    assert wire.written == [b"first", b"second"]


async def test_a_client_that_hung_up_gets_nothing() -> None:
    """The others get theirs."""
    outbox, gone, wire, loop = Outbox(), Gone(), Wire(), asyncio.get_running_loop()
    outbox.put(loop, gone, b"first")
    outbox.put(loop, wire, b"second")
    outbox.flush()

    assert (gone.written, wire.written) == ([], [b"second"])
