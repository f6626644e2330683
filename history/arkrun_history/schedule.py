"""Which team is to be tended when; a team is never tended twice at once."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from contextlib import suppress

from arkrun_history.table import Key

# However far away the next team is: the clock may be set, or the machine suspended.
LONGEST_SLEEP = 5.0


class Schedule:
    """A queue by time; `clock` gives Unix seconds. Marking a team again can only bring it forward."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._at: dict[Key, float] = {}
        self._heap: list[tuple[float, Key]] = []
        self._busy: set[Key] = set()
        self._wake = asyncio.Event()

    def mark(self, key: Key, when: float) -> None:
        """Have a team tended at `when`, or earlier if that is planned already."""
        if when >= self._at.get(key, float("inf")):
            return
        self._at[key] = when
        if key not in self._busy:
            heapq.heappush(self._heap, (when, key))
            self._wake.set()

    async def take(self, horizon: float = float("inf")) -> Key | None:
        """Wait for the next team that is due; it is busy until `done`.

        None when no team is busy and none will be due within `horizon` seconds.
        """
        while True:
            when = self._next()
            left = LONGEST_SLEEP if when is None else when - self._clock()
            if when is not None and left <= 0:
                _, key = heapq.heappop(self._heap)
                del self._at[key]
                self._busy.add(key)
                return key
            if not self._busy and horizon < (float("inf") if when is None else left):
                return None
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, LONGEST_SLEEP)):
                    await self._wake.wait()

    def done(self, key: Key) -> None:
        """Let a team be taken again; what was marked meanwhile counts."""
        self._busy.discard(key)
        if key in self._at:
            heapq.heappush(self._heap, (self._at[key], key))
        self._wake.set()

    @property
    def waiting(self) -> int:
        """Teams that are planned."""
        return len(self._at)

    def _next(self) -> float | None:
        """Give the earliest time; entries that were brought forward leave stale ones behind."""
        while self._heap:
            when, key = self._heap[0]
            if key not in self._busy and self._at.get(key) == when:
                return when
            heapq.heappop(self._heap)
        return None
