"""Who may call an admission endpoint: the token in the path, and a client certificate if one is required."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

FORBIDDEN, NOT_FOUND = 403, 404


class Guard:
    """An ASGI application behind `/{token}/…`; a wrong token is answered like any unknown path.

    `clients` are the names that certificates may have, empty for any; None demands no certificate.
    """

    def __init__(self, app: ASGIApp, accepts: Callable[[str], bool], clients: Collection[str] | None) -> None:
        self._app = app
        self._accepts = accepts
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises HTTPException (403, 404)."""
        if not self._accepts(scope["path_params"]["token"]):
            raise HTTPException(NOT_FOUND)
        if self._clients is not None:
            shown = scope["state"]["client_names"]
            if shown is None or (self._clients and not set(self._clients) & set(shown)):
                raise HTTPException(
                    FORBIDDEN, "a client certificate of a caller that is allowed must be shown"
                )
        await self._app(scope, receive, send)


def client_names(connection: ssl.SSLObject | None) -> tuple[str, ...] | None:
    """Return the common names and alternative names of a verified client certificate; None without one."""
    certificate: dict[str, Any] | None = connection.getpeercert() if connection else None
    if not certificate:
        return None
    subject = (pair for group in certificate.get("subject", ()) for pair in group)
    common = [value for kind, value in subject if kind == "commonName"]
    return (*common, *(value for _, value in certificate.get("subjectAltName", ())))
