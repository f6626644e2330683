"""One admission endpoint as a bare ASGI callable: bytes in, decision, bytes out.

No framework around it: below 100 KB that would cost more than the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import lru_cache, partial
from logging import DEBUG
from time import monotonic, perf_counter
from typing import Any

import structlog

from arkrun_webhook import metrics, review
from arkrun_webhook.admission import Handler
from arkrun_webhook.asgi import Answer, Receive, Scope, Send
from arkrun_webhook.errors import BrokenCall, Refused
from arkrun_webhook.exchange import one
from arkrun_webhook.review import Request, Response
from arkrun_webhook.room import Room
from arkrun_webhook.spans import BAD_JSON
from arkrun_webhook.texts import MESSAGE_LIMIT, NAME_LIMIT, cut

# The API server's own limit for an object is 3 MiB, etcd's 1.5 MiB; a review carries two objects and
# a little more, hence the 7 MiB of controller-runtime (pkg/webhook/admission/http.go).
BODY_LIMIT = 7 * 1024 * 1024

# Above nearly every review, and small beside the memory of a process even a hundred times.
SMALL_BODY = 256 * 1024

# `timeoutSeconds` of the configuration, which the API server sends as ?timeout=5s. The answer needs
# a part of it for its way back.
_TIMEOUT = re.compile(rb"(?:^|&)timeout=(\d{1,3})s(?:&|$)")
_DEFAULT_TIMEOUT = 10
_OWN_SHARE = 0.9

log = structlog.get_logger("arkrun_webhook")


class Disconnected(Exception):  # noqa: N818  # no error of ours
    """The client hung up before its body was complete; there is nobody to answer."""


class Endpoint:
    """Reads one AdmissionReview, asks the handler, answers.

    `room` is shared by all endpoints. How long a body may take is the protocol's to watch, whose
    `receive` raises TimeoutError.
    """

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        room: Room,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._name = name
        self._log = log.bind(webhook=name)  # asking structlog's proxy costs as much as counting does
        self._tells_all = self._log.is_enabled_for(DEBUG)
        self._handler = handler
        self._room = room
        self._body_limit = body_limit
        self._in_flight = 0
        metrics.IN_FLIGHT.labels(name).set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        headers = dict(scope["headers"])
        deadline = _deadline(scope["query_string"])
        try:
            size = self._size(headers)
            self._check_head(scope["method"], headers, size)
            async with self._held(size):
                answer = self._judge(headers, await self._body(receive), deadline)
                if not isinstance(answer, Answer):
                    answer = await answer
        except Disconnected:
            self._log.debug("client hung up")
            return
        except BrokenCall as broken:
            answer = self._broken(broken, headers)
        await answer.send(send)

    def at_once(
        self, method: str, query: bytes, headers: dict[bytes, bytes], body: bytes
    ) -> Answer | Awaitable[Answer]:
        """Judge a review that has come as a whole; what has to wait for others can be awaited."""
        try:
            self._check_head(method, headers, len(body))
        except BrokenCall as broken:
            return self._broken(broken, headers)
        return self._judge(headers, body, _deadline(query))

    def hold(self, size: int) -> Callable[[], None] | None:
        """Hold room for a large body of `size` bytes; gives what lets it go, None where there is none now."""
        if size > self._body_limit or not self._room.take(size):
            return None
        return partial(self._room.give, size)

    def _judge(self, headers: dict[bytes, bytes], body: bytes, deadline: float) -> Answer | Awaitable[Answer]:
        try:
            response = self._decide(review.decode(body), deadline)
        except BrokenCall as broken:
            return self._broken(broken, headers)
        return _answer(response) if isinstance(response, Response) else self._later(response, headers)

    async def _later(self, response: Awaitable[Response], headers: dict[bytes, bytes]) -> Answer:
        self._in_flight += 1
        try:
            return _answer(await response)
        except BrokenCall as broken:
            return self._broken(broken, headers)
        finally:
            self._in_flight -= 1

    def _broken(self, broken: BrokenCall, headers: dict[bytes, bytes]) -> Answer:
        self._count("", "broken", broken.why)
        message = cut(broken.message, MESSAGE_LIMIT)
        self._log.warning("broken call", status=broken.status, problem=message)
        kind = (b"content-type", b"text/plain; charset=utf-8")
        return Answer(broken.status, f"{message}\n".encode(), [kind, *_extra(broken, headers)])

    def _check_head(self, method: str, headers: dict[bytes, bytes], size: int) -> None:
        if method != "POST":
            raise BrokenCall(405, f"send an AdmissionReview by POST, not {method}", why="Method")
        kind = headers.get(b"content-type", b"")
        if kind != _JSON_KIND and kind.partition(b";")[0].strip().lower() != _JSON_KIND:
            problem = f"the content type must be application/json, not {kind[:80].decode('latin-1')!r}"
            raise BrokenCall(415, problem, why="ContentType")
        coding = headers.get(b"content-encoding")
        if coding is not None and coding.strip().lower() != b"identity":
            problem = f"the body must come as it is, not as {coding[:80].decode('latin-1')!r}"
            raise BrokenCall(415, problem, why="ContentEncoding")
        if size > self._body_limit:
            raise self._too_large()

    def _size(self, headers: dict[bytes, bytes]) -> int:
        """Tell how many bytes a body may have: as announced, else the limit."""
        length = headers.get(b"content-length")
        return self._body_limit if length is None else int(length)

    def _held(self, size: int) -> AbstractAsyncContextManager[None]:
        """Hold room for a large body; a small one never waits, least of all for slow clients."""
        return nullcontext() if size <= SMALL_BODY else self._room.taken(size)

    def _too_large(self) -> BrokenCall:
        return BrokenCall(413, f"the body is larger than {self._body_limit} bytes", why="TooLarge")

    async def _body(self, receive: Receive) -> bytes:
        parts, size, more = [], 0, True
        while more and size <= self._body_limit:
            part, more = await self._part(receive)
            parts.append(part)
            size += len(part)
        if size > self._body_limit:
            raise self._too_large()
        return one(parts)

    async def _part(self, receive: Receive) -> tuple[bytes, bool]:
        try:
            message = await receive()
        except TimeoutError as late:
            raise BrokenCall(408, str(late), why="SlowClient") from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message["body"], message["more_body"]

    def _decide(self, request: Request, deadline: float) -> Response | Awaitable[Response]:
        started = perf_counter()
        try:
            response = self._handler(request, deadline)
        except Exception as error:  # noqa: BLE001  # told apart there
            return self._failed(request, error, started)
        if isinstance(response, Response):
            return self._passed(request, response, started)
        return self._decide_later(request, response, started)

    async def _decide_later(
        self, request: Request, response: Awaitable[Response], started: float
    ) -> Response:
        try:
            return self._passed(request, await response, started)
        except Exception as error:  # noqa: BLE001  # told apart there
            return self._failed(request, error, started)

    def _passed(self, request: Request, response: Response, started: float) -> Response:
        metrics.SECONDS.observe(perf_counter() - started, self._name)
        why = response.audit_annotations.get("decision", "")
        self._count(request.operation, "allowed", why)
        if why or self._tells_all:
            self._tell(self._log.info if why else self._log.debug, request, "allowed", why)
        return response

    def _failed(self, request: Request, error: Exception, started: float) -> Response:
        metrics.SECONDS.observe(perf_counter() - started, self._name)
        if isinstance(error, Refused):
            more = {"message": cut(error.message, MESSAGE_LIMIT), "changed": error.changed[:_PATHS]}
            self._count(request.operation, "denied", error.why)
            self._tell(self._log.info, request, "denied", error.why, **more)
            return review.denied(request, error, **_audit(error))
        if isinstance(error, BAD_JSON):
            raise review.not_json(error) from error
        # A fault of ours must refuse the object, not pass it.
        metrics.PANICS.labels(self._name).inc()
        self._log.error("a fault of the webhook itself", uid=request.uid, exc_info=error)
        self._count(request.operation, "errored", "Panic")
        return review.errored(request.uid, FAULT)

    def _tell(
        self, write: Callable[..., Any], request: Request, decision: str, why: str, **more: Any
    ) -> None:
        write(
            "admission",
            operation=request.operation[:NAME_LIMIT],
            uid=request.uid[:NAME_LIMIT],
            namespace=request.namespace[:NAME_LIMIT],
            name=request.label,
            user=request.user_info.username[:NAME_LIMIT],
            dry_run=bool(request.dry_run),
            decision=decision,
            reason=why,
            **more,
        )

    def _count(self, operation: str, decision: str, why: str) -> None:
        if operation not in _OPERATIONS:
            operation = "other"
        metrics.REQUESTS.count(self._name, operation, decision, why)


FAULT = "arkrun-webhook failed while judging this object; its log says why"
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_PATHS = 20


def _audit(refused: Refused) -> dict[str, str]:
    audit = {"decision": "refused", "reason": refused.why}
    if refused.changed:
        audit["changed"] = ",".join(refused.changed[:_PATHS])
    return audit


def _deadline(query: bytes) -> float:
    return monotonic() + _seconds(query) * _OWN_SHARE


@lru_cache(maxsize=64)
def _seconds(query: bytes) -> int:
    found = _TIMEOUT.search(query)
    return int(found[1]) if found else _DEFAULT_TIMEOUT


def _extra(broken: BrokenCall, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Give the headers that the status needs; what is left of a body is not the next request."""
    if broken.status == 405:  # noqa: PLR2004
        return [(b"allow", b"POST")]
    if broken.status == 408 or b"expect" in headers:  # noqa: PLR2004
        return [(b"connection", b"close")]
    return []


def _answer(response: Response) -> Answer:
    return Answer(200, review.encode(response), _JSON)


_JSON_KIND = b"application/json"
_JSON = [(b"content-type", _JSON_KIND)]
