"""Limits on request bodies: size and time of each, memory of all."""

from __future__ import annotations

import asyncio
from bisect import insort_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from operator import attrgetter

from starlette.requests import Request

from arkrun_webhook.errors import BrokenCall

# The API server's own limit for an object is 3 MiB, etcd's 1.5 MiB; a review carries two objects and
# a little more, hence the 7 MiB of controller-runtime (pkg/webhook/admission/http.go).
BODY_LIMIT = 7 * 1024 * 1024
BODIES_LIMIT = 56 * 1024 * 1024
READ_SECONDS = 10.0

# Smaller bodies, as most reviews have, need no reservation.
SMALL_BODY = 64 * 1024
# While others wait for memory, an upload must receive another SMALL_BODY bytes within half a second. That
# time is counted in polls, since no upload makes progress while a large review blocks the event loop.
_POLL_SECONDS = 0.1
_STALLED_POLLS = 5


class _Upload:
    """A body that is being received; `size` is the memory that it needs, in bytes."""

    def __init__(self, size: int, timeout: asyncio.Timeout) -> None:
        self.size = size
        self.reserved = False
        self.arrived = False
        self.idle_polls = 0
        self._received = 0
        self._timeout = timeout

    def received(self, size: int) -> None:
        """Record that `size` bytes have arrived."""
        if size - self._received >= SMALL_BODY:
            self._received, self.idle_polls = size, 0

    @property
    def stalled(self) -> bool:
        """Return True if the client sends so slowly that its memory may go to others."""
        return not self.arrived and self.idle_polls >= _STALLED_POLLS

    def drop(self) -> None:
        """Cancel the upload as if its time limit had expired."""
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())


class Bodies:
    """Read bodies of at most `limit` bytes within `seconds`; large ones reserve their size out of `total`.

    If no memory is free, the smallest upload is the next to get some, and of several the newest, because its
    caller has the most time left. Uploads that stall are dropped, so that slow clients do not block others.
    """

    def __init__(self, *, limit: int, total: int, seconds: float) -> None:
        self._limit = limit
        self._free = max(total, limit)
        self._seconds = seconds
        self._uploads: set[_Upload] = set()
        self._waiting: list[_Upload] = []  # by size, then newest first
        self._released = asyncio.Condition()

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """Read the body and keep its memory reserved until the block ends.

        Raises BrokenCall (408, 413), and starlette.requests.ClientDisconnect if the client disconnects.
        """
        timeout = asyncio.timeout(self._seconds)
        upload = _Upload(self._content_length(request), timeout)
        try:
            async with timeout:
                body = await self._read(request, upload)
                upload.arrived = True
            yield body
        except TimeoutError:
            if upload.arrived:  # raised in the caller's block
                raise
            problem = f"the body did not arrive within {self._seconds:g} s"
            raise BrokenCall(408, problem, why="SlowClient") from None
        finally:
            await self._release(upload)

    async def _read(self, request: Request, upload: _Upload) -> bytes:
        body = bytearray()
        async for part in request.stream():
            if len(body) + len(part) > self._limit:
                raise self._too_large()
            body += part
            upload.received(len(body))
            if len(body) > SMALL_BODY and not upload.reserved:
                await self._reserve(upload)
        return bytes(body)

    def _content_length(self, request: Request) -> int:
        """Return the Content-Length, or the limit if the body is chunked."""
        header = request.headers.get("content-length", "").lstrip("0")
        if len(header) <= len(str(self._limit)) and int(header or 0) <= self._limit:
            return int(header or self._limit)
        raise self._too_large()

    async def _reserve(self, upload: _Upload) -> None:
        async with self._released:
            insort_left(self._waiting, upload, key=attrgetter("size"))
            try:
                while not self._may_reserve(upload):
                    await self._wait(upload)
                self._free -= upload.size
                upload.reserved = True
                self._uploads.add(upload)
            finally:
                self._waiting.remove(upload)
                self._released.notify_all()

    async def _wait(self, upload: _Upload) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._released.wait()
        except TimeoutError:
            if upload is self._waiting[0]:
                for each in self._uploads:
                    each.idle_polls += 1

    def _may_reserve(self, upload: _Upload) -> bool:
        """Return True if the upload is next and its memory is free, after dropping stalled uploads for it."""
        if upload is not self._waiting[0]:
            return False
        for stalled in [each for each in self._uploads if each.stalled]:
            if self._free >= upload.size:
                break
            stalled.drop()
            self._uploads.remove(stalled)
            self._free += stalled.size
        return self._free >= upload.size

    async def _release(self, upload: _Upload) -> None:
        if upload in self._uploads:
            self._uploads.remove(upload)
            self._free += upload.size
            async with self._released:
                self._released.notify_all()

    def _too_large(self) -> BrokenCall:
        return BrokenCall(413, f"the body is larger than {self._limit} bytes", why="TooLarge")
