"""The order and the concurrency of the work queue."""

import asyncio

import pytest

from arkrun_history.retention import workqueue
from arkrun_history.retention.workqueue import WorkQueue

A, B, C = (("ns", name) for name in "abc")


class Clock:
    """A clock that stands still until the test sets it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time that the test has set."""
        return self.now


async def test_keys_are_handed_out_in_the_order_of_their_due_times() -> None:
    """Adding a key again moves it forward, never back."""
    queue = WorkQueue(Clock())
    for key, when in ((A, 30.0), (B, 20.0), (C, 40.0), (C, 10.0), (C, 50.0)):
        queue.add_at(key, when)

    assert [await queue.get() for _ in range(3)] == [C, B, A]
    assert len(queue) == 0


async def test_a_key_that_is_being_processed_is_not_handed_out_again() -> None:
    """If it is added meanwhile, it is handed out after `done`."""
    queue = WorkQueue(Clock())
    queue.add_at(A, 1.0)
    assert await queue.get() == A
    queue.add_at(A, 2.0)
    queue.add_at(B, 3.0)

    assert await queue.get() == B
    queue.done(A)
    assert await queue.get() == A


async def test_an_earlier_key_wakes_a_waiting_worker() -> None:
    """A worker that waits for a later key receives the earlier one."""
    queue = WorkQueue(Clock())
    queue.add_at(A, 1000.0)
    getting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)

    queue.add_at(B, 100.0)

    assert await getting == B


async def test_a_waiting_worker_notices_that_the_clock_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sleep is longer than MAX_SLEEP_SECONDS."""
    monkeypatch.setattr(workqueue, "MAX_SLEEP_SECONDS", 0.01)
    clock = Clock()
    queue = WorkQueue(clock)
    queue.add_at(A, 1000.0)
    getting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)

    clock.now = 1000.0

    assert await getting == A


async def test_get_returns_none_once_nothing_is_due_within_the_horizon() -> None:
    """It first waits for the keys that are being processed: they may be added again."""
    queue = WorkQueue(Clock())
    queue.add_at(A, 1.0)
    queue.add_at(B, 500.0)
    assert await queue.get(60) == A
    getting = asyncio.create_task(queue.get(60))
    await asyncio.sleep(0)
    assert not getting.done()

    queue.done(A)

    assert await getting is None
