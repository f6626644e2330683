"""Reading into one buffer that all connections share.

Where a protocol is handed bytes, uvloop makes an object of each TLS record and joins them; for a review
of half a megabyte that is a tenth of all its cost.
"""

from __future__ import annotations

import asyncio

_BUFFER = memoryview(bytearray(64 * 1024))


class Reader(asyncio.BufferedProtocol):
    """Hands what a read has brought to a connection's protocol, which keeps no part of the buffer.

    A read, and what the protocol makes of it, is one step of the event loop: connections cannot mix.
    """

    def __init__(self, protocol: asyncio.Protocol) -> None:
        self.protocol = protocol
        self.connection_made = protocol.connection_made  # type: ignore[method-assign]
        self.connection_lost = protocol.connection_lost  # type: ignore[method-assign]
        self.eof_received = protocol.eof_received  # type: ignore[method-assign]
        self.pause_writing = protocol.pause_writing  # type: ignore[method-assign]
        self.resume_writing = protocol.resume_writing  # type: ignore[method-assign]

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Give the buffer; how much of it is read does not depend on the hint."""
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        self.protocol.data_received(_BUFFER[:nbytes])  # type: ignore[arg-type]
