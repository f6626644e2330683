"""Answers of one turn of the event loop, written one behind the other when all of it is judged.

A write wakes the client that waits for it. Where each review is answered before the next is read, the
client sleeps in between, and waking it each time costs more than the judgement.
"""

from __future__ import annotations

import asyncio


class Outbox:
    """What is to be written, in order; one for all connections."""

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, text: bytes) -> None:
        """Write once the loop has handled what it has read; before any task that is started after this."""
        if not self._waiting:
            loop.call_soon(self.flush)
        self._waiting.append((transport, text))

    def flush(self) -> None:
        """Write now; what a client that hung up was to get is dropped."""
        waiting, self._waiting = self._waiting, []
        for transport, text in waiting:
            if not transport.is_closing():
                transport.write(text)
