"""Limits on connections that uvicorn lacks: request headers, pipelined requests, unread responses."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arkrun_webhook.http.guard import client_names

HEADER_BYTES = 64 * 1024
HEADER_SECONDS = 10.0
WRITE_SECONDS = 10.0
PIPELINED_REQUESTS = 100


class LimitedProtocol(HttpToolsProtocol):
    """Close a connection whose client exceeds a limit.

    Request line and headers must arrive within HEADER_SECONDS and have at most HEADER_BYTES. A response that
    fills the buffers must be read within WRITE_SECONDS. The `on_…` methods are the callbacks of
    httptools.HttpRequestParser.
    """

    _header_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _received_bytes = 0
    _field_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the header timer; store the names of the client certificate in the scope's `state`."""
        super().connection_made(transport)
        names = client_names(transport.get_extra_info("ssl_object"))
        self.app_state = {**self.app_state, "client_names": names}
        self._start_header_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self._cancel_header_timer()
        self._cancel_write_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start the header timer of the next request on an open connection."""
        super().on_message_begin()
        self._field_bytes = 0
        if self._header_timer is None:
            self._start_header_timer()
        if len(self.pipeline) > PIPELINED_REQUESTS:
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count the bytes of a header or, after the body, of a trailer."""
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > HEADER_BYTES:
            self.transport.abort()
        else:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Cancel the header timer."""
        self._cancel_header_timer()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Parse the data; count it while the headers are incomplete."""
        super().data_received(data)
        # Start it even if the bytes begin no request: uvicorn has cancelled its idle timer by now.
        if self._header_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._start_header_timer()
        if self._header_timer is not None:
            self._received_bytes += len(data)
            if self._received_bytes > HEADER_BYTES:
                self.transport.close()

    def pause_writing(self) -> None:
        """Start the write timer of an unread response."""
        super().pause_writing()
        self._write_timer = asyncio.get_running_loop().call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel the write timer."""
        super().resume_writing()
        self._cancel_write_timer()

    def _start_header_timer(self) -> None:
        self._received_bytes = 0
        self._header_timer = asyncio.get_running_loop().call_later(HEADER_SECONDS, self.transport.close)

    def _cancel_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _cancel_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
