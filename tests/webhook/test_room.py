"""The bound on what all bodies together hold."""

import asyncio

import pytest

from arkrun_webhook.room import Room


async def turns() -> None:
    """Let every task that can run take some steps."""
    for _ in range(5):
        await asyncio.sleep(0)


class Taker:
    """Takes bytes until it is told to leave."""

    def __init__(self, room: Room, size: int) -> None:
        self.inside = False
        self._leave = asyncio.Event()
        self.task = asyncio.ensure_future(self._take(room, size))

    async def _take(self, room: Room, size: int) -> None:
        async with room.taken(size):
            self.inside = True
            await self._leave.wait()
        self.inside = False

    def leave(self) -> None:
        """Give the bytes back."""
        self._leave.set()


async def test_who_finds_no_room_waits_in_order() -> None:
    """A small call does not overtake a large one that came first."""
    room = Room(10)
    first, large, small = Taker(room, 6), Taker(room, 8), Taker(room, 1)
    await turns()
    assert [first.inside, large.inside, small.inside] == [True, False, False]

    first.leave()
    await turns()
    assert [first.inside, large.inside, small.inside] == [False, True, True]
    for one in (large, small):
        one.leave()
        await one.task


async def test_a_body_larger_than_all_room_comes_in_alone() -> None:
    """No call waits for room that can never be."""
    room = Room(10)
    huge, other = Taker(room, 100), Taker(room, 1)
    await turns()

    assert (huge.inside, other.inside) == (True, False)
    huge.leave()
    await turns()
    assert other.inside
    other.leave()
    await other.task


@pytest.mark.parametrize("steps", [0, 1])
async def test_who_gives_up_takes_no_room_with_it(steps: int) -> None:
    """A caller that leaves while it waits, or in the moment it is let in, leaks nothing."""
    room = Room(10)
    first, quitter = Taker(room, 10), Taker(room, 10)
    await turns()
    if steps:
        first.leave()
        await asyncio.sleep(0)
    quitter.task.cancel()
    first.leave()
    await turns()
    last = Taker(room, 10)
    await turns()

    assert last.inside
    last.leave()
    await last.task
