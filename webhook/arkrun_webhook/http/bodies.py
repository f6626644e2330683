"""Limits on request bodies: the size and time of one, the memory of all."""

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

# Nearly every review is smaller, and takes no part in what follows.
SMALL_BODY = 64 * 1024
STALLED_SECONDS = 0.5
"""Time within which an upload must bring another SMALL_BODY when others wait for its memory."""

_POLL_SECONDS = 0.1


class _Upload:
    """A body that arrives, and its share of the memory in bytes."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self.reserved = 0
        self.arrived = False
        self._timeout = timeout
        self._progress = (0, monotonic())

    def reserve(self, size: int, received: int) -> None:
        """Take a share of the memory, with `received` bytes so far."""
        self.reserved = size
        self._progress = received, monotonic()

    def received(self, size: int) -> None:
        """Note how many bytes have arrived."""
        if size - self._progress[0] >= SMALL_BODY:
            self._progress = size, monotonic()

    @property
    def stalled(self) -> bool:
        """Whether the client sends too slowly to keep others waiting."""
        return not self.arrived and monotonic() - self._progress[1] > STALLED_SECONDS

    def drop(self) -> None:
        """End it as if its time were over."""
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())


class Bodies:
    """Reads bodies of at most `limit` bytes within `seconds`; large ones reserve their size out of `total`.

    When that is used up, the newest upload is the next to get memory: its caller has the most time left. An
    upload that stalls meanwhile is dropped, so slow clients keep nobody waiting.
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
        """Read the body, and hold its share of the memory until the block ends.

        Raises BrokenCall (408, 413), and starlette.requests.ClientDisconnect when the client has left.
        """
        timeout = asyncio.timeout(self._seconds)
        upload = _Upload(timeout)
        try:
            async with timeout:
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
        announced = self._announced(request)
        body = bytearray()
        async for part in request.stream():
            if len(body) + len(part) > self._limit:
                raise self._too_large()
            body += part
            upload.received(len(body))
            if len(body) > SMALL_BODY and not upload.reserved:
                await self._reserve(upload, announced, len(body))
        return bytes(body)

    def _announced(self, request: Request) -> int:
        """Return the size that the client announces, the limit for a chunked body."""
        header = request.headers.get("content-length", "").lstrip("0")
        if len(header) > len(str(self._limit)) or int(header or 0) > self._limit:
            raise self._too_large()
        return int(header or self._limit)

    async def _reserve(self, upload: _Upload, size: int, received: int) -> None:
        async with self._released:
            self._waiting.append(upload)
            try:
                while self._waiting[-1] is not upload or not self._make_room(size):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_POLL_SECONDS):
                            await self._released.wait()
                self._free -= size
                upload.reserve(size, received)
                self._uploads.add(upload)
            finally:
                self._waiting.remove(upload)
                self._released.notify_all()

    def _make_room(self, size: int) -> bool:
        """Drop stalled uploads until `size` bytes are free; return whether they are."""
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
