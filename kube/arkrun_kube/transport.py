"""The HTTP transport; the only module that uses aiohttp."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import AsyncIterator

import aiohttp
from yarl import URL

from arkrun_kube.config.credentials import Credential, Pair
from arkrun_kube.config.target import Target
from arkrun_kube.errors import UnansweredError
from arkrun_kube.request import Request

__all__ = ["Response", "Transport"]

_CONNECT_SECONDS = 10.0
# Bookmarks arrive every minute; a watch that receives nothing for longer is broken.
_SILENCE_SECONDS = 90.0
# As in client-go, so that infrequent requests need no new handshake.
_KEEP_ALIVE_SECONDS = 90.0
_TOO_MANY_REQUESTS, _FIRST_SERVER_ERROR = 429, 500


class Transport:
    """An HTTP session with an API server; ignores redirects, cookies and .netrc."""

    def __init__(self, target: Target, agent: str) -> None:
        self._target = target
        self._proxy = URL(target.proxy) if target.proxy else None
        self._server_name = target.trust.server_name or None
        self._pair: Pair | None = None
        self._tls = target.trust.context() if target.server.startswith("https://") else None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=_KEEP_ALIVE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=[("User-Agent", agent), *target.headers],
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def send(self, request: Request, credential: Credential) -> Response:
        """Send a request; raises UnansweredError, or ConfigError if a certificate cannot be loaded."""
        headers = request.headers
        if credential.authorization:
            headers = {**headers, "Authorization": credential.authorization}
        timeout = aiohttp.ClientTimeout(
            total=request.seconds, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS
        )
        tls = self._context(credential.pair)
        try:
            response = await self._session.request(
                request.method,
                URL(self._target.server + request.path, encoded=True),
                headers=headers,
                data=request.body,
                timeout=timeout,
                allow_redirects=False,
                proxy=self._proxy,
                ssl=True if tls is None else tls,
                server_hostname=self._server_name,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self.unanswered(request.call, error) from None
        return Response(self, request.call, response)

    def unanswered(self, call: str, error: Exception) -> UnansweredError:
        """Build the exception of a request without a complete response."""
        return UnansweredError(self._target.server, _reason(error), call=call)

    def _context(self, pair: Pair | None) -> ssl.SSLContext | None:
        """Return the TLS context with the client certificate `pair`; a new pair opens new connections."""
        if self._tls is not None and pair != self._pair:
            self._tls, self._pair = self._target.trust.context(pair), pair
        return self._tls


class Response:
    """A response whose body has not been read."""

    def __init__(self, transport: Transport, call: str, response: aiohttp.ClientResponse) -> None:
        self._transport = transport
        self._call = call
        self._response = response
        self.status = response.status
        self.date = response.headers.get("Date")
        self.retry_after = _retry_after(response)

    async def read(self) -> bytes:
        """Read the whole body; raises UnansweredError."""
        try:
            return await self._response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise self._transport.unanswered(self._call, error) from None

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield lines as they arrive, of any length, unlike aiohttp's. Raises UnansweredError."""
        rest = b""
        try:
            async for chunk in self._response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line
        except (aiohttp.ClientError, OSError) as error:
            raise self._transport.unanswered(self._call, error) from None

    def close(self) -> None:
        """Close the connection unless the body was read."""
        connection = self._response.connection
        if connection is not None and connection.transport is not None:
            # A TLS connection that is only closed stays open until the server has answered that.
            connection.transport.abort()
        self._response.close()


def _retry_after(response: aiohttp.ClientResponse) -> int | None:
    """Return after how many seconds the request can be repeated; None for any other response."""
    seconds = response.headers.get("Retry-After", "")
    refused = response.status == _TOO_MANY_REQUESTS or response.status >= _FIRST_SERVER_ERROR
    return int(seconds) if refused and re.fullmatch("[0-9]{1,9}", seconds) else None


def _reason(error: Exception) -> str:
    """Return the cause; aiohttp's own messages contain Python objects."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    if isinstance(error.__cause__, ssl.SSLError):
        return str(error.__cause__)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _os_reason(error.os_error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused with {error.status}: {error.message}"
    return str(error) or type(error).__name__


def _os_reason(error: OSError) -> str:
    """Return the system's words for an errno; asyncio's own are "Connect call failed" and Python objects."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)
