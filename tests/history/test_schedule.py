"""Who is tended when."""

import asyncio

import pytest

from arkrun_history import schedule as module
from arkrun_history.schedule import Schedule

A, B, C = (("ns", name) for name in "abc")


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


async def test_in_order_of_time() -> None:
    """What is due first is taken first; marking again brings forward, never back."""
    clock = Clock()
    schedule = Schedule(clock)
    for key, when in ((A, 30.0), (B, 20.0), (C, 40.0), (C, 10.0), (C, 50.0)):
        schedule.mark(key, when)

    assert [await schedule.take() for _ in range(3)] == [C, B, A]
    assert schedule.waiting == 0


async def test_a_busy_team_waits() -> None:
    """Nobody tends a team that is being tended; what was marked meanwhile counts afterwards."""
    schedule = Schedule(Clock())
    schedule.mark(A, 1.0)
    assert await schedule.take() == A
    schedule.mark(A, 2.0)
    schedule.mark(B, 3.0)

    assert await schedule.take() == B
    schedule.done(A)
    assert await schedule.take() == A


async def test_a_new_mark_wakes_who_waits() -> None:
    """A taker that sleeps until later hears of an earlier team."""
    clock = Clock()
    schedule = Schedule(clock)
    schedule.mark(A, 1000.0)
    taking = asyncio.create_task(schedule.take())
    await asyncio.sleep(0)

    schedule.mark(B, 100.0)

    assert await taking == B


async def test_no_sleep_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is set while we sleep is noticed."""
    monkeypatch.setattr(module, "LONGEST_SLEEP", 0.01)
    clock = Clock()
    schedule = Schedule(clock)
    schedule.mark(A, 1000.0)
    taking = asyncio.create_task(schedule.take())
    await asyncio.sleep(0)

    clock.now = 1000.0

    assert await taking == A


async def test_an_end_is_seen_when_all_is_done() -> None:
    """None once nobody is busy and nothing is due within the horizon."""
    schedule = Schedule(Clock())
    schedule.mark(A, 1.0)
    schedule.mark(B, 500.0)
    assert await schedule.take(60) == A
    ending = asyncio.create_task(schedule.take(60))
    await asyncio.sleep(0)
    assert not ending.done()

    schedule.done(A)

    assert await ending is None
