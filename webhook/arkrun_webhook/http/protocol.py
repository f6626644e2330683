"""Limits on a connection that uvicorn does not have: the head of a request, pipelining, unread responses."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arkrun_webhook.http.guard import client_names

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
WRITE_SECONDS = 10.0
PIPELINED_REQUESTS = 100


class LimitedProtocol(HttpToolsProtocol):
    """Close a connection whose client exceeds a limit.

    A client may take HEAD_SECONDS to send a request line and headers of at most HEAD_BYTES, and WRITE_SECONDS
    until it reads a response that fills the buffers. The `on_…` methods are the callbacks of
    httptools.HttpRequestParser.
    """

    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _field_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer of the first head; leave the client's names in the scope's `state`."""
        super().connection_made(transport)
        names = client_names(transport.get_extra_info("ssl_object"))
        self.app_state = {**self.app_state, "client_names": names}
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self._head_arrived()
        self._written()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start the timer of the next head on a kept connection."""
        super().on_message_begin()
        self._field_bytes = 0
        if self._head_timer is None:
            self._expect_head()
        if len(self.pipeline) > PIPELINED_REQUESTS:
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer: these come behind the body."""
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > HEAD_BYTES:
            self.transport.abort()
        else:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Cancel the timer of the head."""
        self._head_arrived()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Parse, and count what has come without the end of a head."""
        super().data_received(data)
        # Also what is no beginning of a request: uvicorn has stopped its own timer of an idle connection.
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.close()

    def pause_writing(self) -> None:
        """Start the timer of an unread response."""
        super().pause_writing()
        self._write_timer = asyncio.get_running_loop().call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel the timer of an unread response."""
        super().resume_writing()
        self._written()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.transport.close)

    def _head_arrived(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _written(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
