"""Limits on request bodies: size and time of each, memory of all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

from starlette.requests import Request

from arkrun_webhook.errors import BrokenCall

# The API server's own limit for an object is 3 MiB, etcd's 1.5 MiB; a review carries two objects and
# a little more, hence the 7 MiB of controller-runtime (pkg/webhook/admission/http.go).
BODY_LIMIT = 7 * 1024 * 1024
BODIES_LIMIT = 56 * 1024 * 1024
READ_SECONDS = 10.0

# Smaller bodies, as most reviews have, need no reservation.
SMALL_BODY = 64 * 1024
STALLED_SECONDS = 0.5
"""Time in which an upload must receive another SMALL_BODY bytes while others wait for memory."""

_POLL_SECONDS = 0.1


class _Upload:
    """A body that is being received, and the memory reserved for it in bytes."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.reserved = 0
        self.arrived = False
        self._timeout = timeout
        self._progress = (0, monotonic())

    def reserve(self, size: int, received: int) -> None:
        """Record the reservation of `size` bytes after `received` bytes have arrived."""
        self.reserved = size
        self._progress = received, monotonic()

    def received(self, size: int) -> None:
        """Record that `size` bytes have arrived."""
        if size - self._progress[0] >= SMALL_BODY:
            self._progress = size, monotonic()

    @property
    def stalled(self) -> bool:
        """Return True if the client sends so slowly that its memory may go to others."""
        return not self.arrived and monotonic() - self._progress[1] > STALLED_SECONDS

    def drop(self) -> None:
        """Cancel the upload as if its time limit had expired."""
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())


class Bodies:
    """Read bodies of at most `limit` bytes within `seconds`; large ones reserve their size out of `total`.

    If no memory is free, the newest upload is the next to get some, because its caller has the most time
    left, and uploads that stall are dropped, so that slow clients do not block others.
    """

    def __init__(self, *, limit: int, total: int, seconds: float) -> None:
        self._limit = limit
        self._free = max(total, limit)
        self._seconds = seconds
        self._uploads: set[_Upload] = set()
        self._waiting: list[_Upload] = []
        self._released = asyncio.Condition()

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Read the body and keep its memory reserved until the block ends.

        Raises BrokenCall (408, 413), and starlette.requests.ClientDisconnect if the client disconnects.
        """
        timeout = asyncio.timeout(self._seconds)
        upload = _Upload(timeout)
        try:
            async with timeout:
                body = await self._read(request, upload)
                upload.arrived = True
            yield body
        except TimeoutError:
            if upload.arrived:  # raised in the caller's block
                raise
            message = f"the body did not arrive within {self._seconds:g} s"
            raise BrokenCall(408, message, why="SlowClient") from None
        finally:
            await self._release(upload)

    async def _read(self, request: Request, upload: _Upload) -> bytes:
        size = self._content_length(request)
        body = bytearray()
        async for part in request.stream():
            if len(body) + len(part) > self._limit:
                raise self._too_large()
            body += part
            upload.received(len(body))
            if len(body) > SMALL_BODY and not upload.reserved:
                await self._reserve(upload, size, len(body))
        return bytes(body)

    def _content_length(self, request: Request) -> int:
        """Return the Content-Length, or the limit if the body is chunked."""
        header = request.headers.get("content-length", "").lstrip("0")
        if len(header) > len(str(self._limit)) or int(header or 0) > self._limit:
            raise self._too_large()
        return int(header or self._limit)

    async def _reserve(self, upload: _Upload, size: int, received: int) -> None:
        async with self._released:
            self._waiting.append(upload)
            try:
                while self._waiting[-1] is not upload or not self._free_memory(size):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_POLL_SECONDS):
                            await self._released.wait()
                self._free -= size
                upload.reserve(size, received)
                self._uploads.add(upload)
            finally:
                self._waiting.remove(upload)
                self._released.notify_all()

    def _free_memory(self, size: int) -> bool:
        """Drop stalled uploads until `size` bytes are free; return True if they are."""
        for stalled in [each for each in self._uploads if each.stalled]:
            if self._free >= size:
                break
            stalled.drop()
            self._uploads.remove(stalled)
            self._free += stalled.reserved
        return self._free >= size

    async def _release(self, upload: _Upload) -> None:
        if upload in self._uploads:
            self._uploads.remove(upload)
            self._free += upload.reserved
            async with self._released:
                self._released.notify_all()

    def _too_large(self) -> BrokenCall:
        return BrokenCall(413, f"the body is larger than {self._limit} bytes", why="TooLarge")
