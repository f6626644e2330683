"""The work queue of teams: ordered by due time, without duplicates, one worker per team."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress

from arkrun_history.reflector.table import Key

# Wake up at least this often: the clock may be set, or the machine suspended.
MAX_SLEEP_SECONDS = 5.0


class WorkQueue:
    """A delaying queue of keys; `clock` returns Unix seconds.

    Adding a queued key again can only move it forward. A key that is being processed is not handed out
    again before `done`.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._processing: set[Key] = set()
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        """Return the number of queued keys, due or not."""
        return len(self._due)

    def add_at(self, key: Key, when: float) -> None:
        """Add a key that is due at `when`, or earlier if it is already queued for an earlier time."""
        if when >= self._due.get(key, float("inf")):
            return
        self._due[key] = when
        if key not in self._processing:
            heapq.heappush(self._heap, (when, key))
            self._changed.set()

    async def get(self, horizon: float = float("inf")) -> Key | None:
        """Wait for the next due key and mark it as processing until `done`.

        Return None if nothing is being processed and nothing becomes due within `horizon` seconds.
        """
        while True:
            due = self._next_due()
            remaining = MAX_SLEEP_SECONDS if due is None else due - self._clock()
            if due is not None and remaining <= 0:
                return self._pop()
            if not self._processing and horizon < (float("inf") if due is None else remaining):
                return None
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(remaining, MAX_SLEEP_SECONDS)):
                    await self._changed.wait()

    def done(self, key: Key) -> None:
        """Mark a key as processed; if it was added meanwhile, it is queued again."""
        self._processing.discard(key)
        if key in self._due:
            heapq.heappush(self._heap, (self._due[key], key))
        self._changed.set()

    def _pop(self) -> Key:
        _, key = heapq.heappop(self._heap)
        del self._due[key]
        self._processing.add(key)
        return key

    def _next_due(self) -> float | None:
        """Return the earliest due time, and drop stale entries of keys that were moved forward."""
        while self._heap:
            when, key = self._heap[0]
            if key not in self._processing and self._due.get(key) == when:
                return when
            heapq.heappop(self._heap)
        return None
