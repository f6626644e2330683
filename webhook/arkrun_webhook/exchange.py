"""One request and its answer: the body handed over in one piece, the answer sent in one write.

uvicorn wakes the application for each piece of a body and makes two TLS records of an answer; below
a megabyte that costs more than the JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

from arkrun_webhook.patience import Patience

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent


def late(seconds: float) -> TimeoutError:
    """Say that a client took longer than `seconds` for its body."""
    return TimeoutError(f"the body did not arrive within {seconds:g} s")


class Exchange(RequestResponseCycle):
    """uvicorn's cycle for a body of `length` bytes; None for one whose end is not known.

    A body of unknown length is handed over as it comes, so that the application can end it.
    """

    def __init__(self, *, length: int | None, patience: Patience, seconds: float, **cycle: Any) -> None:
        super().__init__(**cycle)
        self.length = length
        self.awaited = False
        self._patience = patience
        self._seconds = seconds
        self._late = False
        self._given = False
        self._start: ASGISendEvent | None = None

    async def receive(self) -> ASGIReceiveEvent:
        """Give the body; raises TimeoutError when it does not come in time."""
        while self._lacks():
            await self._more()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        self._given = not self.more_body
        # The buffer itself, not a copy: nobody writes into it any more.
        body, self.body = self.body, bytearray()
        return {"type": "http.request", "body": body, "more_body": self.more_body}  # type: ignore[typeddict-item]

    def _lacks(self) -> bool:
        if self.disconnected or self.response_complete:
            return False
        return self._given or (self.more_body and not (self.length is None and self.body))

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

    async def _send_whole(self, start: Any, body: Any) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        headers = [*self.default_headers, *start["headers"]]
        text, self.keep_alive = whole(start["status"], headers, body, keep_alive=self.keep_alive)
        self.response_started = self.response_complete = True
        self.transport.write(text)
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


def whole(
    status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, keep_alive: bool
) -> tuple[bytes, bool]:
    """Write an answer; also tells whether the connection stays open after it."""
    parts, told = [STATUS_LINE[status]], set()
    for name, value in headers:
        line = b"%b: %b" % (name, value)
        if HEADER_VALUE_RE.search(line):
            raise RuntimeError("Invalid HTTP header.")
        if name == b"connection" and value == b"close":
            keep_alive = False
        told.add(name)
        parts += (line, b"\r\n")
    if b"content-length" not in told:
        parts.append(b"content-length: %d\r\n" % len(body))
    if not keep_alive and b"connection" not in told:
        parts.append(b"connection: close\r\n")
    parts += (b"\r\n", body)
    return b"".join(parts), keep_alive
