"""An admission endpoint: decode the AdmissionReview, call the handler, encode the response."""

from __future__ import annotations

import re
from time import monotonic, perf_counter
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from arkrun_webhook import metrics
from arkrun_webhook.admission.handler import Handler
from arkrun_webhook.compare.raw_json import BAD_JSON
from arkrun_webhook.compare.text import MESSAGE_LIMIT, NAME_LIMIT, cut
from arkrun_webhook.errors import BrokenCall, Refused
from arkrun_webhook.http.bodies import Bodies
from arkrun_webhook.review.request import AdmissionRequest, decode, not_json
from arkrun_webhook.review.response import AdmissionResponse, denied, encode, errored

# The API server sends `timeoutSeconds` of the configuration as ?timeout=5s. The handler gets a share of it,
# and the rest is left for the response.
_TIMEOUT = re.compile(rb"(?:^|&)timeout=(\d{1,3})s(?:&|$)")
_DEFAULT_TIMEOUT = 10
_HANDLER_SHARE = 0.9

FAULT = "arkrun-webhook failed to review this object: see its log"
_JSON = "application/json"
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_LOGGED_PATHS = 20

log = structlog.get_logger("arkrun_webhook")


class Endpoint:
    """The ASGI application of one path; all endpoints share `bodies`."""

    def __init__(self, name: str, handler: Handler, bodies: Bodies) -> None:
        self._name = name
        self._log = log.bind(webhook=name)
        self._handler = handler
        self._bodies = bodies
        self._in_flight = metrics.IN_FLIGHT.labels(name)
        self._duration = metrics.SECONDS.labels(name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            self._log.debug("client hung up")
        except BrokenCall as broken:
            await self._broken(broken)(scope, receive, send)
        else:
            await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        deadline = monotonic() + _seconds(request) * _HANDLER_SHARE
        _check_headers(request)
        async with self._bodies.body(request) as body:
            with self._in_flight.track_inprogress():
                response = await self._decide(decode(body), deadline)
        return Response(encode(response), media_type=_JSON)

    async def _decide(self, request: AdmissionRequest, deadline: float) -> AdmissionResponse:
        started = perf_counter()
        try:
            response = await self._handler(request, deadline)
        except Refused as refused:
            return self._refused(request, refused)
        except BAD_JSON as error:
            raise not_json(error) from error
        except Exception as error:  # noqa: BLE001
            # A bug in a handler must deny the request.
            metrics.PANICS.labels(self._name).inc()
            self._log.error("internal error", uid=request.uid, exc_info=error)
            self._count(request.operation, "errored", "Panic")
            return errored(request.uid, FAULT)
        finally:
            self._duration.observe(perf_counter() - started)
        why = response.audit_annotations.get("decision", "")
        self._count(request.operation, "allowed", why)
        # Most requests are allowed unchanged and would fill the log.
        self._log_decision("info" if why else "debug", request, "allowed", why)
        return response

    def _refused(self, request: AdmissionRequest, refused: Refused) -> AdmissionResponse:
        fields = {"message": cut(refused.message, MESSAGE_LIMIT), "changed": refused.changed[:_LOGGED_PATHS]}
        self._count(request.operation, "denied", refused.why)
        self._log_decision("info", request, "denied", refused.why, **fields)
        return denied(request, refused, **_audit(refused))

    def _broken(self, broken: BrokenCall) -> Response:
        self._count("", "broken", broken.why)
        message = cut(broken.message, MESSAGE_LIMIT)
        self._log.warning("broken call", status=broken.status, problem=message)
        # The rest of a body must not be read as the next request.
        headers = {"connection": "close"} | ({"allow": "POST"} if broken.why == "Method" else {})
        return PlainTextResponse(f"{message}\n", broken.status, headers)

    def _log_decision(
        self, level: str, request: AdmissionRequest, decision: str, why: str, **fields: Any
    ) -> None:
        getattr(self._log, level)(
            "admission",
            operation=request.operation[:NAME_LIMIT],
            uid=request.uid[:NAME_LIMIT],
            namespace=request.namespace[:NAME_LIMIT],
            name=request.label,
            user=request.user_info.username[:NAME_LIMIT],
            dry_run=bool(request.dry_run),
            decision=decision,
            reason=why,
            **fields,
        )

    def _count(self, operation: str, decision: str, why: str) -> None:
        if operation not in _OPERATIONS:
            operation = "other"
        metrics.REQUESTS.labels(self._name, operation, decision, why).inc()


def _check_headers(request: Request) -> None:
    if request.method != "POST":
        raise BrokenCall(405, f"send an AdmissionReview by POST, not {request.method}", why="Method")
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != _JSON:
        problem = f"the content type must be application/json, not {content_type[:80]!r}"
        raise BrokenCall(415, problem, why="ContentType")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() != "identity":
        problem = f"the body must be sent uncompressed, not as {encoding[:80]!r}"
        raise BrokenCall(415, problem, why="ContentEncoding")


def _seconds(request: Request) -> int:
    match = _TIMEOUT.search(request.scope["query_string"])
    return int(match[1]) if match else _DEFAULT_TIMEOUT


def _audit(refused: Refused) -> dict[str, str]:
    audit = {"decision": "refused", "reason": refused.why}
    if refused.changed:
        audit["changed"] = ",".join(refused.changed[:_LOGGED_PATHS])
    return audit
