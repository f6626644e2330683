"""Access checks of the admission endpoints: the token in the path, and optionally a client certificate."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection
from typing import Any

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NOT_SERVED = "this is not served here\n"
_NO_CERTIFICATE = "a client certificate with an accepted name is required"

log = structlog.get_logger("arkrun_webhook")


class Guard:
    """Protect an ASGI application at `/{token}/…`; a wrong token is answered like an unknown path.

    `clients` are the accepted names of client certificates, empty for any; None requires no certificate.
    """

    def __init__(self, app: ASGIApp, accepts: Callable[[str], bool], clients: Collection[str] | None) -> None:
        self._app = app
        self._accepts = accepts
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or respond with 404 or 403 before the body is read."""
        app = self._app
        if not self._accepts(scope["path_params"]["token"]):
            # Not logged: anyone can send it, and a mistyped token in the log would reveal the correct one.
            app = PlainTextResponse(NOT_SERVED, 404)
        elif not self._has_certificate(scope):
            log.warning("broken call", webhook="", status=403, problem=_NO_CERTIFICATE)
            app = PlainTextResponse(f"{_NO_CERTIFICATE}\n", 403)
        await app(scope, receive, send)

    def _has_certificate(self, scope: Scope) -> bool:
        if self._clients is None:
            return True
        names = scope["state"]["client_names"]
        return names is not None and (not self._clients or not set(self._clients).isdisjoint(names))


def client_names(connection: ssl.SSLObject | None) -> tuple[str, ...] | None:
    """Return the common names and alternative names of a verified client certificate; None without one."""
    certificate: dict[str, Any] | None = connection.getpeercert() if connection else None
    if not certificate:
        return None
    subject = (pair for group in certificate.get("subject", ()) for pair in group)
    common = [value for kind, value in subject if kind == "commonName"]
    return (*common, *(value for _, value in certificate.get("subjectAltName", ())))
