"""HTTP/1.1 that does not wait forever for a client to say what it wants."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arkrun_webhook.exchange import Exchange
from arkrun_webhook.patience import Patience

# Request line and headers; the API server's are below 1 KiB.
HEAD_LIMIT = 64 * 1024


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit on the time and the bytes until a request is complete.

    uvicorn times only the pause between an answer and the next request (`timeout_keep_alive`).
    """

    seconds: float = 10
    cycle: Exchange

    @classmethod
    def within(cls, seconds: float) -> type[PatientProtocol]:
        """Give a protocol class with another limit, in seconds, for the head and again for the body."""
        return type(cls.__name__, (cls,), {"seconds": seconds})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._patience = Patience(self.loop)
        self._in_head = True
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._patience.end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and close the connection when the headers grow too long."""
        super().data_received(data)
        if not self._in_head:
            return
        if not self._head_awaited:
            self._wait_for_head()
        self._head_size += len(data)
        if self._head_size > HEAD_LIMIT and not self.transport.is_closing():
            self.logger.warning("Closed a connection whose headers passed %d bytes.", HEAD_LIMIT)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request; its headers are here already, as a rule."""
        super().on_message_begin()
        self._length: int | None = None
        if not self._in_head:
            self._in_head, self._head_awaited = True, False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        super().on_header(name, value)
        if self.headers[-1][0] == b"content-length":
            self._length = int(value)

    def on_headers_complete(self) -> None:
        """Start the application, or let it wait for the answer to the request before."""
        self._in_head = False
        self._patience.rest()
        url, version = httptools.parse_url(self.url), self.parser.get_http_version()
        path = url.path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = url.path
        self.scope["query_string"] = url.query or b""
        before, self.cycle = self.cycle, self._exchange(keep_alive=version != "1.0")
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _exchange(self, *, keep_alive: bool) -> Exchange:
        return Exchange(
            length=self._length,
            patience=self._patience,
            seconds=self.seconds,
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: who asks for another protocol is answered, and logged, as any other."""

    def on_body(self, body: bytes) -> None:
        """Collect a body of known length; before the application asks for it, only a little of it."""
        cycle = self.cycle
        if cycle.length is None:
            super().on_body(body)
        elif not cycle.response_complete:
            cycle.body += body
            if not cycle.awaited and len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self._in_head:
            self._patience.wait(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _wait_for_head(self) -> None:
        self._head_awaited, self._head_size = True, 0
        self._patience.wait(self.seconds, self._head_late)

    def _head_late(self) -> None:
        if not self.transport.is_closing():
            self.logger.info("Closed a connection that sent no complete request in time.")
            self.transport.close()
