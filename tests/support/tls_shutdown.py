"""TLS connections that were closed, and whose peer has not said goodbye yet, end with their event loop.

asyncio closes the socket below TLS only when the peer has answered (asyncio/sslproto.py, SHUTDOWN). A loop
that ends first leaves it to the garbage collector, which warns of it in whatever test runs then. What was
never closed is no such connection, and is still warned of.
"""

import asyncio
from asyncio import sslproto
from asyncio.selector_events import BaseSelectorEventLoop
from typing import Any

_CLOSED = (sslproto.SSLProtocolState.FLUSHING, sslproto.SSLProtocolState.SHUTDOWN)
_close = BaseSelectorEventLoop.close


def close(loop: Any) -> None:
    """Close a loop, and before it what waits for goodbyes alone."""
    waiting = [each for each in list(getattr(loop, "_transports", {}).values()) if _waits(each)]
    for transport in waiting:
        transport.abort()
    if waiting:
        loop.run_until_complete(asyncio.sleep(0))
    _close(loop)


def _waits(transport: asyncio.Transport) -> bool:
    protocol = transport.get_protocol()
    return isinstance(protocol, sslproto.SSLProtocol) and protocol._state in _CLOSED  # type: ignore[attr-defined]
