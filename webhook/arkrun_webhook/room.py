"""A bound on the bytes that all large bodies together may hold in memory.

Calls that find no room wait for it, unread, in the order in which they came: the API server's burst
then costs time, which its own time limit bounds, and not the process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """`size` bytes to share; one taker alone may always go in, whatever it needs."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._size = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """Hold `size` bytes while the block runs; waits for them first."""
        size = min(size, self._size)
        if not self.take(size):
            await self._wait(size)
        try:
            yield
        finally:
            self.give(size)

    def take(self, size: int) -> bool:
        """Hold `size` bytes if they are free and nobody waits; who does must give them back."""
        if self._waiting or size > self._free:
            return False
        self._free -= size
        return True

    async def _wait(self, size: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(size)
            raise

    def give(self, size: int) -> None:
        """Give back what was taken, and let in who waits."""
        self._free += size
        while self._waiting:
            needed, turn = self._waiting[0]
            if turn.done():  # its taker has left
                self._waiting.popleft()
            elif needed <= self._free:
                self._waiting.popleft()
                self._free -= needed
                turn.set_result(None)
            else:
                return
