"""HTTP/1.1 that neither waits forever for a client nor lets one wait.

A review that is here as a whole is judged where it was read: a task and the messages of ASGI would cost
more than the judgement. All else takes uvicorn's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arkrun_webhook.asgi import Answer
from arkrun_webhook.endpoint import SMALL_BODY, Endpoint
from arkrun_webhook.exchange import Awaited, Exchange, one, target, whole
from arkrun_webhook.outbox import Outbox
from arkrun_webhook.patience import Patience

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope

# Request line and headers; the API server's are below 1 KiB.
HEAD_LIMIT = 64 * 1024


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit on the time and the bytes until a request is complete.

    uvicorn times only the pause between an answer and the next request (`timeout_keep_alive`).
    """

    seconds: float = 10
    endpoints: Mapping[str, Endpoint] = {}
    outbox: Outbox
    cycle: Exchange

    @classmethod
    def serving(cls, endpoints: Mapping[str, Endpoint], seconds: float) -> type[PatientProtocol]:
        """Give a protocol class that knows some endpoints by their paths.

        `seconds` is the limit for the head of a request and again for its body.
        """
        own = {"endpoints": endpoints, "seconds": seconds, "outbox": Outbox()}
        return type(cls.__name__, (cls,), own)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request."""
        super().connection_made(transport)
        self._patience = Patience(self.loop)
        self._in_head, self._unserved = True, False
        self._held: Callable[[], None] | None = None
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._patience.end()
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, serve what is complete, and close the connection when the headers grow too long."""
        super().data_received(data)
        if self._unserved and not self.transport.is_closing() and (self._complete or not self._soon()):
            self._serve()
        if not self._in_head:
            return
        if not self._head_awaited:
            self._wait_for_head()
        self._head_size += len(data)
        if self._head_size > HEAD_LIMIT and not self.transport.is_closing():
            self.logger.warning("Closed a connection whose headers passed %d bytes.", HEAD_LIMIT)
            self.close()

    def on_message_begin(self) -> None:
        """Begin a request; its headers are here already, as a rule."""
        if self._unserved:  # pipelined: both came at once
            self._serve()
        self.url, self.headers = b"", []
        self._parts: list[bytes] = []
        self._body_awaited, self._complete = False, False
        if not self._in_head:
            self._in_head, self._head_awaited = True, False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Read the head; the body may be in the same bytes, so what to do is seen behind them."""
        self._in_head, self._unserved = False, True
        self._patience.rest()
        self._target = target(self.url)
        self._head = dict(self.headers)
        length = self._head.get(b"content-length")
        self._length = None if length is None else int(length)
        self.expect_100_continue = self._head.get(b"expect", b"").lower() == b"100-continue"
        self._method = self.parser.get_method().decode("ascii")
        self._version = self.parser.get_http_version()
        self._keep_alive = self._version != "1.0" and self.parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Collect a body."""
        if self._unserved:
            self._parts.append(body)
        else:
            self.cycle.feed(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if self._unserved:
            self._complete = True
        else:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, behind the answers to what was."""
        self.outbox.flush()
        super().send_400_response(msg)

    def shutdown(self) -> None:
        """Let a review that is still coming be the last."""
        if self._unserved:
            self._serve()
        self.outbox.flush()
        super().shutdown()

    def write(self, text: bytes) -> None:
        """Write an answer, in this turn of the loop."""
        self.outbox.put(self.loop, self.transport, text)

    def close(self) -> None:
        """Write what is left to write, and close the connection."""
        self.outbox.flush()
        self.transport.close()

    def _soon(self) -> bool:
        """Tell whether the rest of a review is worth to be waited for, here."""
        if self._length is None or self.expect_100_continue:
            return False
        if not self._body_awaited:
            if not self._is_held(self._length):
                return False
            self._body_awaited = True
            self._patience.wait(self.seconds, self._body_late)
        return True

    def _is_held(self, size: int) -> bool:
        """Tell whether a body of `size` bytes may be collected: a small one, or one that has its room."""
        if size <= SMALL_BODY:
            return True
        endpoint = self.endpoints.get(self._target.path)
        self._held = None if endpoint is None else endpoint.hold(size)
        return self._held is not None

    def _let_go(self) -> None:
        if self._held is not None:
            self._held()
            self._held = None

    def _body_late(self) -> None:
        self._serve()
        self.cycle.give_up()

    def _serve(self) -> None:
        """Answer a review at once when it is here, nobody else has to be asked, and it is its turn."""
        self._unserved = False
        self._patience.rest()
        busy = self.cycle is not None and not self.cycle.response_complete
        app: Any = self.app
        if self._complete and not busy and not self.flow.write_paused:
            answer = self._at_once(one(self._parts))
            if isinstance(answer, Answer):
                self._parts = []  # the connection may be idle for long, and the body large
                self._let_go()
                self._write(answer)
                return
            if answer is not None:
                app, self._held = Awaited(answer, self._held), None
        self._let_go()
        self.cycle = self._exchange()
        if busy:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))
        else:
            self._start_asgi_task(self.cycle, app)

    def _at_once(self, body: bytes) -> Answer | Awaitable[Answer] | None:
        endpoint = self.endpoints.get(self._target.path)
        if endpoint is None or self._method != "POST":  # HEAD has no body in its answer
            return None
        try:
            return endpoint.at_once(self._method, self._target.query, self._head, body)
        except Exception:  # noqa: BLE001  # it comes again where uvicorn logs it and answers 500
            return None

    def _write(self, answer: Answer) -> None:
        headers = [*self.server_state.default_headers, *answer.headers]
        text, open_ = whole(answer.status, headers, answer.body, keep_alive=self._keep_alive)
        self.write(text)
        if not open_:
            self.close()
        self.on_response_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: who asks for another protocol is answered, and logged, as any other."""

    def _exchange(self) -> Exchange:
        exchange = Exchange(
            connection=self,
            length=self._length,
            patience=self._patience,
            seconds=self.seconds,
            scope=self._scope(),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=self._keep_alive,
            on_response=self.on_response_complete,
        )
        exchange.more_body = not self._complete
        for part in self._parts:
            exchange.feed(part)
        self._parts = []
        return exchange

    def _scope(self) -> HTTPScope:
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": self._version,
            "method": self._method,
            "scheme": self.scheme or "https",
            "path": self._target.path,
            "raw_path": self._target.raw_path,
            "query_string": self._target.query,
            "root_path": self.root_path,
            "headers": self.headers,
            "client": self.client,
            "server": self.server,
            "state": self.app_state.copy(),
            "extensions": {},
        }

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self._in_head and not self._unserved:
            self._patience.wait(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _wait_for_head(self) -> None:
        self._head_awaited, self._head_size = True, 0
        self._patience.wait(self.seconds, self._head_late)

    def _head_late(self) -> None:
        if not self.transport.is_closing():
            self.logger.info("Closed a connection that sent no complete request in time.")
            self.close()
