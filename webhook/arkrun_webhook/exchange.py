"""One request and its answer: the body handed over in one piece, the answer sent in one write.

uvicorn wakes the application for each piece of a body and makes two TLS records of an answer; below
a megabyte that costs more than the JSON.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

from arkrun_webhook.asgi import Answer, Receive, Scope, Send
from arkrun_webhook.patience import Patience

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent


def late(seconds: float) -> TimeoutError:
    """Say that a client took longer than `seconds` for its body."""
    return TimeoutError(f"the body did not arrive within {seconds:g} s")


class Connection(Protocol):
    """Where an answer goes."""

    def write(self, text: bytes) -> None:
        """Write it."""

    def close(self) -> None:
        """End the connection."""


class Exchange(RequestResponseCycle):
    """uvicorn's cycle for a body of `length` bytes; None for one whose end is not known.

    A body of unknown length is handed over as it comes, so that the application can end it.
    """

    def __init__(
        self, *, connection: Connection, length: int | None, patience: Patience, seconds: float, **cycle: Any
    ) -> None:
        super().__init__(**cycle)
        self._connection = connection
        self.length = length
        self.awaited = False
        self._patience = patience
        self._seconds = seconds
        self._late = False
        self._given = False
        self._start: ASGISendEvent | None = None
        self._parts: list[bytes] = []
        self._held = 0

    def feed(self, part: bytes) -> None:
        """Take a part of the body; much of it only when the application asks, and knows how much there is."""
        if self.response_complete:
            return
        self._parts.append(part)
        self._held += len(part)
        if self._held > HIGH_WATER_LIMIT and not (self.awaited and self.length is not None):
            self.flow.pause_reading()
        if self.length is None:
            self.message_event.set()

    async def receive(self) -> ASGIReceiveEvent:
        """Give the body; raises TimeoutError when it does not come in time."""
        while self._lacks():
            await self._more()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        self._given = not self.more_body
        parts, self._parts, self._held = self._parts, [], 0
        return {"type": "http.request", "body": one(parts), "more_body": self.more_body}

    def _lacks(self) -> bool:
        if self.disconnected or self.response_complete:
            return False
        return self._given or (self.more_body and not (self.length is None and self._parts))

    async def _more(self) -> None:
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.waiting_for_100_continue = False
        if not self.awaited:
            self.awaited = True
            self._patience.wait(self._seconds, self.give_up)
        self.flow.resume_reading()
        await self.message_event.wait()
        self.message_event.clear()
        if self._late:
            raise late(self._seconds)

    def give_up(self) -> None:
        """Wait no longer for the rest of the body."""
        if self.more_body:
            self._late = True
            self.message_event.set()

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer; its head waits for the first part of its body."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is None:
            await super().send(message)
        elif message.get("more_body") or self.scope["method"] == "HEAD":
            await super().send(start)
            await super().send(message)
        else:
            await self._send_whole(start, message.get("body", b""))

    async def _drain(self) -> None:
        """Wait for a client that does not read, and not for ever."""
        try:
            async with asyncio.timeout(self._seconds):
                await self.flow.drain()
        except TimeoutError:
            self.disconnected = True
            self.transport.abort()

    async def _send_whole(self, start: Any, body: Any) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self._drain()
        if self.disconnected:
            return
        headers = [*self.default_headers, *start["headers"]]
        text, self.keep_alive = whole(start["status"], headers, body, keep_alive=self.keep_alive)
        self.response_started = self.response_complete = True
        self._parts = []
        self._connection.write(text)
        self.message_event.set()
        if not self.keep_alive:
            self._connection.close()
        self.on_response()


class Awaited:
    """An application that sends an answer once it is there, and holds the body's room until then."""

    def __init__(self, answer: Awaitable[Answer], let_go: Callable[[], None] | None) -> None:
        self._answer = answer
        self._let_go = let_go

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        try:
            answer = await self._answer
        finally:
            if self._let_go is not None:
                self._let_go()
        await answer.send(send)


def one(parts: list[bytes]) -> bytes:
    """Put a body together; most come in one part, which is not copied."""
    return parts[0] if len(parts) == 1 else b"".join(parts)


def whole(
    status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, keep_alive: bool
) -> tuple[bytes, bool]:
    """Write an answer; also tells whether the connection stays open after it."""
    others = tuple(each for each in headers if each[0] != b"content-length")
    head, keep_alive = _head(status, others, keep_alive)
    return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body), keep_alive


@lru_cache(maxsize=64)
def _head(status: int, headers: tuple[tuple[bytes, bytes], ...], keep_alive: bool) -> tuple[bytes, bool]:
    parts = [STATUS_LINE[status]]
    closes = (b"connection", b"close") in headers
    for name, value in headers:
        line = b"%b: %b" % (name, value)
        if HEADER_VALUE_RE.search(line):
            raise RuntimeError("Invalid HTTP header.")
        parts += (line, b"\r\n")
    if not keep_alive and b"connection" not in dict(headers):
        parts.append(b"connection: close\r\n")
    return b"".join(parts), keep_alive and not closes
