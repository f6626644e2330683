"""Requests to an API server; every failure raises a KubeError."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload
from urllib.parse import urlencode

import msgspec

from arkrun_kube.config.credentials import Credential
from arkrun_kube.config.target import Target
from arkrun_kube.request import Request
from arkrun_kube.responses import JSON, Event, Object, decode, encode, read_event, refusal

if TYPE_CHECKING:
    from arkrun_kube.transport import Response, Transport

__all__ = ["CALL_SECONDS", "Client"]

CALL_SECONDS = 10.0
PAGE = 500
_WATCH_SECONDS = 240
_LIST_FACTOR = 3
_UNAUTHORIZED, _TOO_MANY_REQUESTS = 401, 429
_FIRST_FAILURE = 300
_ATTEMPTS = 10

_MERGE = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"

T = TypeVar("T")

Query = Mapping[str, str]


class _ListMetadata(msgspec.Struct):
    continue_: str = msgspec.field(default="", name="continue")


class _List(msgspec.Struct):
    metadata: _ListMetadata


class Client:
    """A client of one API server, open inside `async with`.

    `timeout` is in seconds and can be overridden for each call. The part of `agent` before "/" is the name of
    the field manager. `on_response` is called with the Date header and the duration of each response.
    """

    def __init__(
        self,
        target: Target,
        *,
        agent: str = "arkrun",
        timeout: float = CALL_SECONDS,
        on_response: Callable[[str | None, float], None] = lambda _date, _seconds: None,
    ) -> None:
        self._target = target
        self._agent = agent
        self._timeout = timeout
        self._on_response = on_response
        self._transport: Transport | None = None
        self.server = target.server
        self.namespace = target.namespace

    async def __aenter__(self) -> Self:
        """Open the client; raises ConfigError if there is no credential. No request is sent."""
        await self._target.credentials.current()
        from arkrun_kube.transport import Transport  # noqa: PLC0415 - its import takes half a second

        self._transport = Transport(self._target, self._agent)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._transport is not None:
            await self._transport.close()

    @overload
    async def get(self, path: str, *, timeout: float | None = None) -> Object: ...
    @overload
    async def get(self, path: str, *, model: type[T], timeout: float | None = None) -> T: ...
    async def get(self, path: str, *, model: type[Any] = Object, timeout: float | None = None) -> Any:
        """Read an object with a quorum read, as JSON or as a msgspec model."""
        return await self._call(model, "GET", path, timeout=timeout)

    async def create(self, path: str, body: object, *, dry_run: bool = False) -> Object:
        """Create an object; raises ConflictError if it exists."""
        return await self._call(Object, "POST", path, query={"dryRun": "All"} if dry_run else {}, body=body)

    async def replace(self, path: str, body: object) -> Object:
        """Replace an object; raises ConflictError if its `metadata.resourceVersion` is outdated."""
        return await self._call(Object, "PUT", path, body=body)

    async def merge(self, path: str, patch: object) -> Object:
        """Apply a JSON merge patch (RFC 7386); raises ConflictError if it names another version or uid."""
        return await self._call(Object, "PATCH", path, body=patch, content_type=_MERGE)

    async def apply(self, path: str, body: object, *, manager: str, force: bool) -> Object:
        """Apply server-side as `manager`; raises ConflictError with the managers that own the fields."""
        query = {"fieldManager": manager, "force": str(force).lower()}
        return await self._call(Object, "PATCH", path, query=query, body=body, content_type=_APPLY)

    async def delete(
        self, path: str, *, uid: str = "", version: str = "", timeout: float | None = None
    ) -> None:
        """Delete an object; raises ConflictError if it has another uid or version."""
        preconditions = {"uid": uid, "resourceVersion": version}
        body = {"preconditions": {key: value for key, value in preconditions.items() if value}}
        await self._call(Object, "DELETE", path, body=body, timeout=timeout)

    async def list_all(
        self, path: str, *, model: type[T], accept: str = JSON, query: Query | None = None
    ) -> T:
        """Read a whole collection in one response.

        The API server has it in memory; of pages, it reads those after the first one from etcd, as a rule.
        """
        return await self._call(
            model, "GET", path, query=query, accept=accept, timeout=self._timeout * _LIST_FACTOR
        )

    async def pages(
        self, path: str, *, model: type[T], accept: str = JSON, query: Query | None = None
    ) -> AsyncIterator[T]:
        """Yield the pages of one consistent list, for bounded memory.

        Raises ExpiredError if reading them takes too long.
        """
        parameters = {"limit": str(PAGE), **(query or {})}
        while parameters.get("continue") != "":
            call, status, body = await self._request(
                "GET", path, query=parameters, accept=accept, timeout=self._timeout * _LIST_FACTOR
            )
            yield decode(body, model, call, status)
            parameters["continue"] = decode(body, _List, call, status).metadata.continue_

    async def watch(
        self,
        path: str,
        *,
        model: type[T],
        accept: str = JSON,
        name: str = "",
        version: str = "",
        seconds: float = _WATCH_SECONDS,
        timeout: float | None = None,
    ) -> AsyncGenerator[Event[T], None]:
        """Yield the events of a collection, or of one object of it, until the API server ends the watch.

        Without a version, the existing objects come first. A watch of one object can be granted by
        resourceNames. Raises ExpiredError if the version is not available, and UnansweredError if the API
        server has not ended the watch `timeout` seconds after the `seconds` that it was asked for.
        """
        grace = self._timeout if timeout is None else timeout
        query = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(max(1, int(seconds)))}
        query |= {"fieldSelector": f"metadata.name={name}"} if name else {}
        query |= {"resourceVersion": version} if version else {}
        call, response = await self._send(
            "GET", path, query=query, accept=accept, timeout=seconds + grace, attempts=1
        )
        try:
            async for line in response.lines():
                yield read_event(line, model, call)
        finally:
            response.close()

    async def _call(self, model: type[T], method: str, path: str, **parts: Any) -> T:
        call, status, body = await self._request(method, path, **parts)
        return decode(body, model, call, status)

    async def _request(self, method: str, path: str, **parts: Any) -> tuple[str, int, bytes]:
        call, response = await self._send(method, path, **parts)
        return call, response.status, await response.read()

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        accept: str = JSON,
        content_type: str = JSON,
        timeout: float | None = None,
        attempts: int = _ATTEMPTS,
    ) -> tuple[str, Response]:
        call = f"{method} {path}"
        headers, data = {"Accept": accept}, None
        if body is not None:
            headers["Content-Type"], data = content_type, encode(body)
        seconds = self._timeout if timeout is None else timeout
        target = f"{path}?{urlencode(query)}" if query else path
        response = await self._send_with_retries(Request(method, target, headers, data, seconds), attempts)
        if response.status >= _FIRST_FAILURE:
            raise refusal(call, response.status, await response.read())
        return call, response

    async def _send_with_retries(self, request: Request, attempts: int) -> Response:
        """Retry within the timeout while the server answers with Retry-After (RFC 9110), like client-go.

        A write is retried only after 429, which is sent before anything is executed.
        """
        deadline = monotonic() + request.seconds
        while True:
            response = await self._send_authorized(request)
            attempts -= 1
            is_safe = request.method == "GET" or response.status == _TOO_MANY_REQUESTS
            if not attempts or response.retry_after is None or not is_safe:
                return response
            await response.read()
            remaining = deadline - monotonic() - response.retry_after
            if remaining <= 0:
                return response
            await asyncio.sleep(response.retry_after)
            request = request._replace(seconds=remaining)

    async def _send_authorized(self, request: Request) -> Response:
        """Send with the current credential, and again if that is rejected and there is a newer one."""
        credentials = self._target.credentials
        credential = await credentials.current()
        response = await self._send_timed(request, credential)
        if response.status != _UNAUTHORIZED:
            return response
        try:
            newer = await credentials.renewed(credential)
        except BaseException:
            response.close()
            raise
        if newer == credential:
            return response
        response.close()
        return await self._send_timed(request, newer)

    async def _send_timed(self, request: Request, credential: Credential) -> Response:
        if self._transport is None:
            raise RuntimeError("the client is not open: use `async with`")
        sent = monotonic()
        response = await self._transport.send(request, credential)
        self._on_response(response.date, monotonic() - sent)
        return response
