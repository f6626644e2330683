"""One admission endpoint as a bare ASGI callable: bytes in, decision, bytes out.

No framework around it: below 100 KB that would cost more than the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic, perf_counter
from typing import Any

import structlog
from prometheus_client import Counter

from arkrun_webhook import metrics, review
from arkrun_webhook.admission import Handler
from arkrun_webhook.errors import BrokenCall, Refused
from arkrun_webhook.review import MESSAGE_LIMIT, NAME_LIMIT, Request, Response, cut
from arkrun_webhook.room import Room

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

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
        self._handler = handler
        self._room = room
        self._body_limit = body_limit
        self._seconds = metrics.SECONDS.labels(name)
        self._in_flight = 0
        metrics.IN_FLIGHT.labels(name).set_function(lambda: self._in_flight)
        self._counters: dict[tuple[str, str, str], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        try:
            headers = dict(scope["headers"])
            self._check_head(scope["method"], headers)
            deadline = _deadline(scope["query_string"])
            size = self._size(headers)
            if size <= SMALL_BODY:  # never waits for room, least of all for slow clients
                answer = await self._answer(receive, deadline)
            else:
                async with self._room.taken(size):
                    answer = await self._answer(receive, deadline)
        except Disconnected:
            log.debug("client hung up", webhook=self._name)
        except BrokenCall as broken:
            self._count("", "broken", broken.why)
            message = cut(broken.message, MESSAGE_LIMIT)
            log.warning("broken call", webhook=self._name, status=broken.status, problem=message)
            text = f"{message}\n".encode()
            await _send(send, broken.status, text, b"text/plain; charset=utf-8", _extra(broken, headers))
        else:
            await _send(send, 200, review.encode(answer), b"application/json")

    def _check_head(self, method: str, headers: dict[bytes, bytes]) -> None:
        if method != "POST":
            raise BrokenCall(405, f"send an AdmissionReview by POST, not {method}", why="Method")
        kind = headers.get(b"content-type", b"")
        if kind.partition(b";")[0].strip().lower() != b"application/json":
            problem = f"the content type must be application/json, not {kind[:80].decode('latin-1')!r}"
            raise BrokenCall(415, problem, why="ContentType")
        coding = headers.get(b"content-encoding", b"identity")
        if coding.strip().lower() != b"identity":
            problem = f"the body must come as it is, not as {coding[:80].decode('latin-1')!r}"
            raise BrokenCall(415, problem, why="ContentEncoding")
        if self._size(headers) > self._body_limit:
            raise self._too_large()

    def _size(self, headers: dict[bytes, bytes]) -> int:
        """Tell how many bytes a body may have: as announced, else the limit."""
        length = headers.get(b"content-length")
        return self._body_limit if length is None else int(length)

    def _too_large(self) -> BrokenCall:
        return BrokenCall(413, f"the body is larger than {self._body_limit} bytes", why="TooLarge")

    async def _answer(self, receive: Receive, deadline: float) -> Response:
        return await self._decide(review.decode(await self._body(receive)), deadline)

    async def _body(self, receive: Receive) -> bytes | bytearray:
        body, more = await self._part(receive)
        while more and len(body) <= self._body_limit:
            part, more = await self._part(receive)
            body += part
        if len(body) > self._body_limit:
            raise self._too_large()
        return body

    async def _part(self, receive: Receive) -> tuple[bytes | bytearray, bool]:
        try:
            message = await receive()
        except TimeoutError as late:
            raise BrokenCall(408, str(late), why="SlowClient") from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message["body"], message["more_body"]

    async def _decide(self, request: Request, deadline: float) -> Response:
        started = perf_counter()
        self._in_flight += 1
        try:
            response = await self._handler(request, deadline)
            why = response.audit_annotations.get("decision", "")
            self._log(log.info if why else log.debug, request, "allowed", why)
        except Refused as refused:
            response = review.denied(request, refused, **_audit(refused))
            more = {"message": cut(refused.message, MESSAGE_LIMIT), "changed": refused.changed[:_PATHS]}
            self._log(log.info, request, "denied", refused.why, **more)
        except review.BAD_JSON as error:
            raise review.not_json(error) from error
        except Exception:  # a fault of ours must refuse the object, not pass it
            metrics.PANICS.labels(self._name).inc()
            log.exception("a fault of the webhook itself", webhook=self._name, uid=request.uid)
            response = review.errored(request.uid, FAULT)
            self._count(request.operation, "errored", "Panic")
        finally:
            self._in_flight -= 1
            self._seconds.observe(perf_counter() - started)
        return response

    def _log(self, write: Callable[..., Any], request: Request, decision: str, why: str, **more: Any) -> None:
        self._count(request.operation, decision, why)
        write(
            "admission",
            webhook=self._name,
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
        key = operation, decision, why
        if key not in self._counters:
            self._counters[key] = metrics.REQUESTS.labels(self._name, *key)
        self._counters[key].inc()


FAULT = "arkrun-webhook failed while judging this object; its log says why"
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_PATHS = 20


def _audit(refused: Refused) -> dict[str, str]:
    audit = {"decision": "refused", "reason": refused.why}
    if refused.changed:
        audit["changed"] = ",".join(refused.changed[:_PATHS])
    return audit


def _deadline(query: bytes) -> float:
    found = _TIMEOUT.search(query)
    seconds = int(found[1]) if found else _DEFAULT_TIMEOUT
    return monotonic() + seconds * _OWN_SHARE


def _extra(broken: BrokenCall, headers: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """Give the headers that the status needs; what is left of a body is not the next request."""
    if broken.status == 405:  # noqa: PLR2004
        return [(b"allow", b"POST")]
    if broken.status == 408 or b"expect" in headers:  # noqa: PLR2004
        return [(b"connection", b"close")]
    return []


async def _send(
    send: Send, status: int, body: bytes, kind: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    length = b"%d" % len(body)
    headers = [(b"content-type", kind), (b"content-length", length), *(extra or ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
