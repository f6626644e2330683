"""One request and its answer: the body handed over in one piece, the answer sent in one write.

uvicorn wakes the application for each piece of a body and makes two TLS records of an answer; below
a megabyte that costs more than the JSON.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

from arkrun_webhook.asgi import Answer
from arkrun_webhook.head import Head
from arkrun_webhook.patience import Patience

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent

    from arkrun_webhook.protocol import PatientProtocol


_FAULT = Answer(
    500,
    b"Internal Server Error\n",
    [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")],
)


def late(seconds: float) -> TimeoutError:
    """Say that a client took longer than `seconds` for its body."""
    return TimeoutError(f"the body did not arrive within {seconds:g} s")


class Exchange(RequestResponseCycle):
    """uvicorn's cycle for a body of which `length` bytes are announced; None where its end is not known.

    A body of unknown length is handed over as it comes, so that the application can end it.
    """

    def __init__(self, connection: PatientProtocol, head: Head, patience: Patience) -> None:
        super().__init__(
            scope=_scope(connection, head),
            transport=connection.transport,
            flow=connection.flow,
            logger=connection.logger,
            access_logger=connection.access_logger,
            access_log=connection.access_log,
            default_headers=connection.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=head.expects_100,
            keep_alive=head.keep_alive,
            on_response=connection.on_response_complete,
        )
        self._connection = connection
        self.length = head.length
        self.awaited = False
        self._patience = patience
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
            self._patience.wait(self._connection.seconds, self.give_up)
        self.flow.resume_reading()
        await self.message_event.wait()
        self.message_event.clear()
        if self._late:
            raise late(self._connection.seconds)

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
        if await drained(self, self._connection):
            headers = [each for each in start["headers"] if each[0] != b"content-length"]
            answer = Answer(start["status"], body, headers)
            self._connection.answer(answer, keep_alive=self.keep_alive)
            self.response_started = self.response_complete = True
            self._parts = []
            self.message_event.set()


class Awaited:
    """What uvicorn asks of a cycle, for a review that has been read and waits for its answer.

    An Exchange would bring a scope, messages and an event, and nobody reads them.
    """

    message_event = asyncio.Event()  # uvicorn sets it when a client has left, and nobody waits for it

    def __init__(
        self,
        connection: PatientProtocol,
        answer: Awaitable[Answer],
        *,
        let_go: Callable[[], None] | None,
        keep_alive: bool,
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._let_go = let_go
        self.keep_alive = keep_alive
        self.disconnected = self.response_complete = False

    async def run_asgi(self, _app: object) -> None:
        """Answer once the answer is there; until then the body's room is held."""
        try:
            answer = await self._judged()
            if await drained(self, self._connection):
                self.response_complete = True
                self._connection.answer(answer, keep_alive=self.keep_alive)
        except Exception:
            self._connection.logger.exception("Exception while writing the answer to a review")
            self._connection.transport.abort()

    async def _judged(self) -> Answer:
        try:
            return await self._answer
        except (Exception, asyncio.CancelledError):  # the latter when a drain has lasted too long
            self._connection.logger.exception("Exception while answering a review")
            return _FAULT
        finally:
            if self._let_go is not None:
                self._let_go()


async def drained(cycle: Exchange | Awaited, connection: PatientProtocol) -> bool:
    """Wait for a client that does not read, and not for ever; tells whether it is still there."""
    if connection.flow.write_paused and not cycle.disconnected:
        try:
            async with asyncio.timeout(connection.seconds):
                await connection.flow.drain()
        except TimeoutError:
            cycle.disconnected = True
            connection.transport.abort()
    return not cycle.disconnected


def _scope(connection: PatientProtocol, head: Head) -> Any:
    return {
        "type": "http",
        "asgi": {"version": connection.asgi_version, "spec_version": "2.3"},
        "scheme": connection.scheme or "https",
        "root_path": connection.root_path,
        **head.scope(),
        "client": connection.client,
        "server": connection.server,
        "state": connection.app_state.copy(),
        "extensions": {},
    }


def one(parts: list[bytes]) -> bytes:
    """Put a body together; most come in one part, which is not copied."""
    return parts[0] if len(parts) == 1 else b"".join(parts)


def whole(
    status: int, headers: tuple[tuple[bytes, bytes], ...], body: bytes, *, keep_alive: bool
) -> tuple[bytes, bool]:
    """Write an answer with its length; also tells whether the connection stays open after it."""
    head, keep_alive = _head(status, headers, keep_alive)
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
