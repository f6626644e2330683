"""HTTP/1.1 that does not wait forever for a client to say what it wants."""

from __future__ import annotations

import asyncio
from asyncio.events import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Request line and headers; the API server's are below 1 KiB.
HEAD_LIMIT = 64 * 1024


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit on the time and the bytes until the headers are complete.

    uvicorn times only the pause between an answer and the next request (`timeout_keep_alive`).
    """

    head_seconds: float = 10

    @classmethod
    def within(cls, seconds: float) -> type[PatientProtocol]:
        """Give a protocol class with another limit, in seconds."""
        return type(cls.__name__, (cls,), {"head_seconds": seconds})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._head_timer: TimerHandle | None = None
        self._head_size = 0
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head_complete()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and close the connection when the headers grow too long."""
        super().data_received(data)
        if self._head_timer is None:
            return
        self._head_size += len(data)
        if self._head_size > HEAD_LIMIT and not self.transport.is_closing():
            self.logger.warning("Closed a connection whose headers passed %d bytes.", HEAD_LIMIT)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Wait for the headers of a request that has begun."""
        super().on_message_begin()
        if self._head_timer is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Stop waiting: the body's time is the endpoint's to watch."""
        self._head_complete()
        super().on_headers_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: who asks for another protocol is answered, and logged, as any other."""

    def _wait_for_head(self) -> None:
        self._head_size = 0
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_late)

    def _head_complete(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.logger.info("Closed a connection that sent no complete request in time.")
            self.transport.close()
