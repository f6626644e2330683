"""HTTP/1.1 that neither waits forever for a client nor lets one wait.

A review that is here as a whole is judged where it was read: a task and the messages of ASGI would cost
more than the judgement. All else takes uvicorn's way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from arkrun_webhook.asgi import Answer
from arkrun_webhook.endpoint import SMALL_BODY, Endpoint
from arkrun_webhook.exchange import Awaited, Exchange, one, whole
from arkrun_webhook.head import Head
from arkrun_webhook.outbox import Outbox
from arkrun_webhook.patience import Patience

# Request line and headers; the API server's are below 1 KiB.
HEAD_LIMIT = 64 * 1024


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit on the time and the bytes until a request is complete.

    uvicorn times only the pause between an answer and the next request (`timeout_keep_alive`).
    """

    seconds: float = 10
    endpoints: Mapping[str, Endpoint] = {}
    outbox: Outbox
    cycle: Any  # an Exchange, or Awaited

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
        self._framing = 0  # bytes of this request that are not its body
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting, and hold nobody who holds this: buffers would wait for a collection."""
        self._patience.end()
        self._let_go()
        super().connection_lost(exc)
        self.cycle = None
        self.pipeline.clear()

    def data_received(self, data: bytes) -> None:
        """Parse, serve what is complete, and close the connection when the headers grow too long."""
        self._framing += len(data)
        super().data_received(data)
        if self._unserved and not self.transport.is_closing() and (self._complete or not self._soon()):
            self._serve()
        if self._in_head and not self._head_awaited:
            self._wait_for_head()
        if self._framing > HEAD_LIMIT and not self.transport.is_closing():
            self.logger.warning("Closed a connection whose headers passed %d bytes.", HEAD_LIMIT)
            self.close()

    def eof_received(self) -> None:
        """Answer what was asked before the client's end of the connection was closed."""
        self.outbox.flush()

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
        """Keep a header; a trailer says nothing that we ask."""
        if self._in_head:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Read the head; the body may be in the same bytes, so what to do is seen behind them."""
        self._in_head, self._unserved = False, True
        self._patience.rest()
        self._head = Head.read(self.parser, self.url, self.headers)

    def on_body(self, body: bytes) -> None:
        """Collect a body."""
        self._framing -= len(body)
        if self._unserved:
            self._parts.append(body)
        else:
            self.cycle.feed(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._framing = 0
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
        if self._unserved and not self.transport.is_closing():
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
        length = self._head.length
        if length is None or self._head.expects_100:
            return False
        if not self._body_awaited:
            if not self._is_held(length):
                return False
            self._body_awaited = True
            self._patience.wait(self.seconds, self._body_late)
        return True

    def _is_held(self, size: int) -> bool:
        """Tell whether a body may be collected: a small one, or one that has room and need not wait."""
        if size <= SMALL_BODY:
            return True
        endpoint = self.endpoints.get(self._head.target.path)
        waits = self._is_answering() or self.flow.write_paused
        if endpoint is None or waits or self._head.method != "POST":
            return False
        self._held = endpoint.hold(size)
        return self._held is not None

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _let_go(self) -> None:
        if self._held is not None:
            self._held()
            self._held = None

    def _body_late(self) -> None:
        if self.flow.read_paused:  # it is we who do not read
            self._patience.wait(self.seconds, self._body_late)
            return
        self._serve()
        self.cycle.give_up()

    def _serve(self) -> None:
        """Answer a review at once when it is here, nobody else has to be asked, and it is its turn."""
        self._unserved = False
        self._patience.rest()
        answer = None
        if self._complete and not self._is_answering() and not self.flow.write_paused:
            answer = self._at_once(one(self._parts))
        if answer is None:
            self._let_go()
            self._pass_on()
            return
        self._parts = []  # the connection may be idle for long, and the body large
        if isinstance(answer, Answer):
            self._let_go()
            self.answer(answer, keep_alive=self._head.keep_alive)
        else:
            let_go, self._held = self._held, None
            self.cycle = Awaited(self, answer, let_go=let_go, keep_alive=self._head.keep_alive)
            self._start_asgi_task(self.cycle, self.app)

    def _pass_on(self) -> None:
        """Leave a request to the application, behind those that are not answered yet."""
        busy = self._is_answering()
        self.cycle = self._exchange()
        if busy:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _at_once(self, body: bytes) -> Answer | Awaitable[Answer] | None:
        endpoint = self.endpoints.get(self._head.target.path)
        if endpoint is None or self._head.method != "POST":  # HEAD has no body in its answer
            return None
        try:
            return endpoint.at_once(self._head.method, self._head.target.query, self._head.named, body)
        except Exception:  # noqa: BLE001  # it comes again where uvicorn logs it and answers 500
            return None

    def answer(self, answer: Answer, *, keep_alive: bool) -> None:
        """Write an answer, and go on with the next request."""
        headers = (*self.server_state.default_headers, *answer.headers)
        text, open_ = whole(answer.status, headers, answer.body, keep_alive=keep_alive)
        self.write(text)
        if not open_:
            self.close()
        self.on_response_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: who asks for another protocol is answered, and logged, as any other."""

    def _exchange(self) -> Exchange:
        exchange = Exchange(self, self._head, self._patience)
        exchange.more_body = not self._complete
        for part in self._parts:
            exchange.feed(part)
        self._parts = []
        return exchange

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for it."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self.flow.resume_reading()
        if not self._in_head and not self._unserved:
            self._patience.wait(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _wait_for_head(self) -> None:
        self._head_awaited = True
        self._patience.wait(self.seconds, self._head_late)

    def _head_late(self) -> None:
        if self.flow.read_paused:  # it is we who do not read
            self._wait_for_head()
        elif not self.transport.is_closing():
            self.logger.info("Closed a connection that sent no complete request in time.")
            self.close()
