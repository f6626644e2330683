"""Limits on request bodies: the size and time of one, the memory of all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from arkrun_webhook.errors import BrokenCall

# The API server's own limit for an object is 3 MiB, etcd's 1.5 MiB; a review carries two objects and
# a little more, hence the 7 MiB of controller-runtime (pkg/webhook/admission/http.go).
BODY_LIMIT = 7 * 1024 * 1024
BODIES_LIMIT = 56 * 1024 * 1024
READ_SECONDS = 10.0


class _Upload:
    """A body and the memory that it holds, in bytes."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.timeout = timeout
        self.held = 0
        self.arrived = False
        self.dropped = False


class Bodies:
    """Reads bodies of at most `limit` bytes within `seconds`; all together hold at most `total` bytes.

    When these are used up, the upload that has made no progress for longest is dropped, so slow clients make
    nobody wait. Only bodies that are being handled are waited for.
    """

    def __init__(self, *, limit: int, total: int, seconds: float) -> None:
        self._limit = limit
        self._free = max(total, limit)
        self._seconds = seconds
        self._uploads: dict[_Upload, None] = {}  # in the order of their last progress
        self._released = asyncio.Condition()

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Read the body, and account for its memory until the block ends.

        Raises BrokenCall (408, 413), and starlette.requests.ClientDisconnect when the client has left.
        """
        if int(request.headers.get("content-length", 0)) > self._limit:
            raise self._too_large()
        upload = _Upload(asyncio.timeout(self._seconds))
        try:
            async with upload.timeout:
                body = await self._read(request, upload)
                upload.arrived = True
            yield body
        except TimeoutError:
            if upload.arrived:  # it was raised in the block of the caller
                raise
            message = f"the body did not arrive within {self._seconds:g} s"
            raise BrokenCall(408, message, why="SlowClient") from None
        finally:
            await self._release(upload)

    async def _read(self, request: Request, upload: _Upload) -> bytes:
        body = bytearray()
        async for part in request.stream():
            size = len(body) + len(part)
            if size > self._limit:
                raise self._too_large()
            await self._hold(upload, size)
            body += part
        return bytes(body)

    async def _hold(self, upload: _Upload, size: int) -> None:
        """Wait until `upload` may hold `size` bytes; raises TimeoutError if it is dropped."""
        while size - upload.held > self._free and not upload.dropped:
            stalled = next((each for each in self._uploads if not (each.arrived or each is upload)), None)
            if stalled is not None:
                await self._drop(stalled)
            else:
                async with self._released:
                    await self._released.wait()
        if upload.dropped:
            raise TimeoutError
        self._free -= size - upload.held
        upload.held = size
        self._uploads.pop(upload, None)
        self._uploads[upload] = None

    async def _drop(self, upload: _Upload) -> None:
        upload.dropped = True
        upload.timeout.reschedule(asyncio.get_running_loop().time())
        await self._release(upload)

    async def _release(self, upload: _Upload) -> None:
        if upload in self._uploads:
            del self._uploads[upload]
            self._free += upload.held
            upload.held = 0
            async with self._released:
                self._released.notify_all()

    def _too_large(self) -> BrokenCall:
        return BrokenCall(413, f"the body is larger than {self._limit} bytes", why="TooLarge")
