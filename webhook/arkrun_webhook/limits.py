"""Limits on what clients may take: size and time of a body, memory of all large ones, time to read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arkrun_webhook.errors import BrokenCall

# The API server's own limit for an object is 3 MiB, etcd's 1.5 MiB; a review carries two objects and
# a little more, hence the 7 MiB of controller-runtime (pkg/webhook/admission/http.go).
BODY_LIMIT = 7 * 1024 * 1024
BODIES_LIMIT = 64 * 1024 * 1024
READ_SECONDS = 10.0

# Above nearly every review, and small beside the memory of a process even a hundred times.
SMALL_BODY = 256 * 1024


class _Upload:
    """A body; `held` is the memory that it holds, in bytes, once it is large."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.timeout = timeout
        self.arrived = False
        self.held = 0


class Bodies:
    """Reads bodies of at most `limit` bytes within `seconds`; large ones share `total` bytes of memory.

    Where these are used up, the body that has been arriving for longest is dropped: a client that sends
    slowly makes nobody wait. Only bodies that are being handled are waited for.
    """

    def __init__(self, *, limit: int, total: int, seconds: float) -> None:
        self._limit = limit
        self._free = max(total, limit)
        self._seconds = seconds
        self._uploads: dict[_Upload, None] = {}  # in the order of their start
        self._released = asyncio.Condition()

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Read the body, and hold its memory until the block ends.

        Raises BrokenCall (408, 413), and starlette.requests.ClientDisconnect when the client has left.
        """
        if int(request.headers.get("content-length", 0)) > self._limit:
            raise self._too_large()
        upload = None
        try:
            async with asyncio.timeout(self._seconds) as timeout:
                upload = _Upload(timeout)
                body = await self._read(request, upload)
                upload.arrived = True
            yield body
        except TimeoutError:
            if upload is None or upload.arrived:  # it was raised in the block of the caller
                raise
            message = f"the body did not arrive within {self._seconds:g} s"
            raise BrokenCall(408, message, why="SlowClient") from None
        finally:
            if upload is not None and upload.held:
                self._release(upload)
                async with self._released:
                    self._released.notify_all()

    async def _read(self, request: Request, upload: _Upload) -> bytes:
        parts, size = [], 0
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > self._limit:
                raise self._too_large()
            if size > SMALL_BODY:
                await self._hold(upload, size)
        return b"".join(parts)

    async def _hold(self, upload: _Upload, size: int) -> None:
        while size - upload.held > self._free:
            oldest = next((each for each in self._uploads if not (each.arrived or each is upload)), None)
            if oldest is not None:
                self._drop(oldest)
            else:
                async with self._released:
                    await self._released.wait()
        self._free -= size - upload.held
        self._uploads[upload] = None
        upload.held = size

    def _drop(self, upload: _Upload) -> None:
        upload.timeout.reschedule(asyncio.get_running_loop().time())
        self._release(upload)

    def _release(self, upload: _Upload) -> None:
        del self._uploads[upload]
        self._free += upload.held
        upload.held = 0

    def _too_large(self) -> BrokenCall:
        return BrokenCall(413, f"the body is larger than {self._limit} bytes", why="TooLarge")


class SendTimeout:
    """ASGI middleware that raises TimeoutError when a client does not read its answer within `seconds`.

    uvicorn then closes the connection.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._seconds):
                await send(message)

        await self._app(scope, receive, send_in_time)
