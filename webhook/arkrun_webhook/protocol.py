"""A limit on the size and the time of a request's head, and who the client is: uvicorn has neither."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arkrun_certs import client_names

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0


class LimitedProtocol(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too long, or take too long to arrive.

    The `on_…` methods are the callbacks of httptools.HttpRequestParser.
    """

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _field_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a head; leave the names of the client's certificate in the scope's `state`."""
        super().connection_made(transport)
        names = client_names(transport.get_extra_info("ssl_object"))
        self.app_state = {**self.app_state, "client_names": names}
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._head_arrived()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Expect the head of the next request on a connection that is kept."""
        super().on_message_begin()
        self._field_bytes = 0
        if self._timer is None:
            self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header, or a trailer: these come behind the body."""
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > HEAD_BYTES:
            self.transport.close()
        else:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request over."""
        self._head_arrived()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Parse; close the connection when too much has come without the end of a head."""
        super().data_received(data)
        if self._timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.close()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.transport.close)

    def _head_arrived(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
