"""Reading into one buffer that the connections of a server share.

Where a protocol is handed bytes, uvloop makes an object of each TLS record and joins them; for a review
of half a megabyte that is a tenth of all its cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SIZE = 64 * 1024
"""Bytes of the buffer."""


class Reader(asyncio.BufferedProtocol):
    """Hands what a read has brought to a connection's protocol, which keeps no part of the buffer.

    A read, and what the protocol makes of it, is one step of the event loop: the connections of one loop
    can share a buffer.
    """

    def __init__(self, make: Callable[[], asyncio.Protocol], buffer: memoryview) -> None:
        self._make = make
        self._buffer = buffer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Make the protocol: a connection whose handshake fails needs none."""
        self._read_for(self._make())
        self.protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the protocol: uvloop's TLS keeps who reads for it, and the protocol keeps that TLS."""
        protocol = self.protocol
        self._read_for(asyncio.Protocol())
        protocol.connection_lost(exc)

    def _read_for(self, protocol: asyncio.Protocol) -> None:
        self.protocol = protocol
        self.eof_received = protocol.eof_received  # type: ignore[method-assign]
        self.pause_writing = protocol.pause_writing  # type: ignore[method-assign]
        self.resume_writing = protocol.resume_writing  # type: ignore[method-assign]

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Give the buffer; how much of it is read does not depend on the hint."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        self.protocol.data_received(self._buffer[:nbytes])  # type: ignore[arg-type]
