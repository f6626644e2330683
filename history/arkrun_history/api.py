"""The calls to the API server: bytes in, bytes out, every failure an ApiError."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
from kubernetes.aio.client import ApiClient, ApiException

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION
from arkrun_history.clock import ServerClock
from arkrun_history.errors import ApiError, ConflictError, ExpiredError, NotFoundError
from arkrun_history.table import Key

CALL_SECONDS = 10.0
PAGE = 500
# A stream that was cut off silently is found out when it should have ended.
WATCH_SECONDS = 40
MERGE = "application/merge-patch+json"
# "Too large resource version" is a 504: this API server is behind the one that we had before.
EXPIRED = frozenset({410, 504})


class _Details(msgspec.Struct):
    name: str = ""


class _Status(msgspec.Struct):
    code: int = 0
    message: str = ""
    reason: str = ""
    details: _Details | None = None


class Api:
    """Calls through a kubernetes.aio client; `clock` hears the date of every answer."""

    def __init__(self, client: ApiClient, clock: ServerClock) -> None:
        self._client = client
        self._clock = clock

    async def get(self, path: str) -> bytes:
        """Read one object by quorum."""
        return await self._call("GET", path)

    async def create(self, path: str, body: Any) -> bytes:
        """Create; a ConflictError when the name is taken."""
        return await self._call("POST", path, body=body)

    async def merge(self, path: str, body: Any) -> bytes:
        """Apply a JSON merge patch (RFC 7386); a ConflictError when it names another version or uid."""
        return await self._call("PATCH", path, body=body, content_type=MERGE)

    async def delete(self, path: str, *, uid: str, version: str, seconds: float) -> None:
        """Delete exactly this version of exactly this object; else a ConflictError."""
        body = {"preconditions": {"uid": uid, "resourceVersion": version}}
        await self._call("DELETE", path, body=body, seconds=min(seconds, CALL_SECONDS))

    async def pages(self, path: str, accept: str) -> AsyncIterator[bytes]:
        """List by quorum, page by page, all of one moment; an ExpiredError when that is too long ago."""
        query: dict[str, str] = {"limit": str(PAGE)}
        while query.get("continue") != "":
            page = await self._call("GET", path, query=query, accept=accept, seconds=3 * CALL_SECONDS)
            yield page
            query["continue"] = _decode_continue(page)

    async def watch(self, path: str, accept: str, version: str) -> AsyncIterator[bytes]:
        """Yield the events since `version`, one line each, until the API server ends the stream."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        response = await self._send(
            "GET", path, query=query, accept=accept, seconds=WATCH_SECONDS + CALL_SECONDS
        )
        rest = b""
        try:
            # Not by lines: aiohttp bounds a line to less than an object's metadata may have.
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line
        except (aiohttp.ClientError, OSError) as error:
            raise ApiError(f"the watch of {path} broke off: {_text(error)}") from None
        finally:
            response.close()

    async def _call(self, method: str, path: str, **parts: Any) -> bytes:
        response = await self._send(method, path, **parts)
        try:
            return await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise ApiError(f"{method} {path}: the answer broke off: {_text(error)}") from None

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        accept: str = "application/json",
        content_type: str = "application/json",
        seconds: float = CALL_SECONDS,
    ) -> aiohttp.ClientResponse:
        sent = self._clock.local()
        try:
            request = await self._client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params={"Accept": accept, "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = await self._client.call_api(
                *request, _request_timeout=aiohttp.ClientTimeout(total=seconds)
            )
        except (aiohttp.ClientError, OSError, ApiException) as error:
            raise ApiError(f"{method} {path}: the API server did not answer: {_text(error)}") from None
        response: aiohttp.ClientResponse = answer.response
        self._clock.hear(response.headers.get("Date"), sent)
        if response.status >= 400:  # noqa: PLR2004 - HTTP's own line
            raise refusal(f"{method} {path}", response.status, await _body(response))
        return response


def refusal(what: str, code: int, body: bytes) -> ApiError:
    """Tell a refusal by HTTP code and metav1.Status; 404 without the object's name is an unknown kind."""
    try:
        status = msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        status = _Status(message=body[:200].decode(errors="replace").strip())
    message = f"{what}: the API server refused with {code}: {status.message or 'no reason given'}"
    if code == 404 and status.reason == "NotFound" and status.details and status.details.name:  # noqa: PLR2004
        return NotFoundError(message, code)
    if code == 409:  # noqa: PLR2004
        return ConflictError(message, code)
    return ExpiredError(message, code) if code in EXPIRED else ApiError(message, code)


def runs_path(namespace: str = "", name: str = "") -> str:
    """Give the path of a run, or of all runs; an empty namespace means all."""
    return _path(namespace, RUN_PLURAL, name)


def teams_path(namespace: str = "", name: str = "") -> str:
    """Give the path of a team, or of all teams."""
    return _path(namespace, TEAM_PLURAL, name)


def _path(namespace: str, plural: str, name: str) -> str:
    where = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"/apis/{GROUP}/{VERSION}{where}/{plural}" + (f"/{quote(name, safe='')}" if name else "")


def shown(key: Key) -> str:
    """Give a key as people write it."""
    return "/".join(key)


class _Continued(msgspec.Struct):
    token: str = msgspec.field(name="continue", default="")


class _Page(msgspec.Struct):
    metadata: _Continued


def _decode_continue(page: bytes) -> str:
    return msgspec.json.decode(page, type=_Page).metadata.token


async def _body(response: aiohttp.ClientResponse) -> bytes:
    try:
        return await response.read()
    except (aiohttp.ClientError, OSError) as error:
        return _text(error).encode()


def _text(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
