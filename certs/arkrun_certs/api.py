"""The few calls to the API server that certificates need, as plain JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
from kubernetes.aio.client import ApiClient, ApiException

from arkrun_certs.errors import ApiConflictError, ApiError, ApiNotFoundError

__all__ = ["Api", "Object", "Watch"]

Object = dict[str, Any]
Watch = Callable[[], AsyncIterator[Object]]

_CALL_SECONDS = 10.0
# The server ends a watch by itself after some minutes; a silent network is noticed by the tick.
_WATCH_SECONDS = 240
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_ERRORS = {404: ApiNotFoundError, 409: ApiConflictError}


class Api:
    """Calls through a kubernetes.aio client; every failure is an ApiError."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def get(self, path: str) -> Object:
        """Read one object, with quorum."""
        return await self._call("GET", path)

    async def create(self, path: str, body: Object) -> Object:
        """Create; an ApiConflictError when the name is taken."""
        return await self._call("POST", path, body=body)

    async def replace(self, path: str, body: Object) -> Object:
        """Replace; an ApiConflictError when `metadata.resourceVersion` is no longer the live one."""
        return await self._call("PUT", path, body=body)

    async def apply(self, path: str, body: Object, *, manager: str, force: bool) -> Object:
        """Apply server-side as `manager`."""
        query = {"fieldManager": manager, "force": str(force).lower()}
        return await self._call("PATCH", path, query, body, "application/apply-patch+yaml")

    async def watch(self, collection: str, name: str) -> AsyncIterator[Object]:
        """Yield the metadata of one object, the present one first, until the server ends the watch.

        RBAC lets a watch through by resourceNames because of its field selector. Metadata alone: no
        key of a Secret travels for a mere sign that something changed, and no event grows too long.
        """
        query = {
            "watch": "true",
            "fieldSelector": f"metadata.name={name}",
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        response = await self._send(
            "GET", collection, query, timeout=_WATCH_SECONDS + _CALL_SECONDS, accept=_METADATA
        )
        try:
            async for line in response.content:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise _error(event["object"].get("code", 500), event["object"])
                yield event["object"]
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError) as error:
            raise ApiError(f"the watch of {collection} broke off: {_text(error)}") from None
        finally:
            response.close()

    async def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        response = await self._send(method, path, query or {}, body, content_type)
        try:
            answer: Object = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ApiError(f"{method} {path}: the answer is no JSON: {_text(error)}") from None
        return answer

    async def _send(  # noqa: PLR0917 - the parts of one HTTP request
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Object | None = None,
        content_type: str = "application/json",
        timeout: float = _CALL_SECONDS,  # noqa: ASYNC109 - handed on to the HTTP client
        accept: str = "application/json",
    ) -> aiohttp.ClientResponse:
        headers = {"Accept": accept, "Content-Type": content_type}
        try:
            request = await self._client.param_serialize(
                method,
                path,
                query_params=list(query.items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = await self._client.call_api(*request, _request_timeout=timeout)
        except (aiohttp.ClientError, TimeoutError, OSError, ApiException) as error:
            raise ApiError(
                f"{method} {path}: the API server did not answer within {timeout:g} s: {_text(error)}"
            ) from None
        response: aiohttp.ClientResponse = answer.response
        if response.status >= 300:  # noqa: PLR2004
            raise _error(response.status, await _status_of(response))
        return response


async def _status_of(response: aiohttp.ClientResponse) -> Object:
    """Read the metav1.Status of a refusal; a proxy's HTML becomes its message."""
    try:
        text = await response.text()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return {"message": _text(error)}
    try:
        status = json.loads(text)
    except ValueError:
        status = None
    return status if isinstance(status, dict) else {"message": text[:200]}


def _error(code: int, status: Object) -> ApiError:
    causes = (status.get("details") or {}).get("causes") or []
    managers = tuple(
        cause["message"].split('"')[1]
        for cause in causes
        if cause.get("reason") == "FieldManagerConflict" and '"' in cause.get("message", "")
    )
    message = f"the API server refused with {code}: {status.get('message', 'no reason given')}"
    return _ERRORS.get(code, ApiError)(message, status=code, managers=managers)


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
