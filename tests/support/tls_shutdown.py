"""Close the sockets of TLS connections together with their event loop.

asyncio leaves the socket of a closed TLS connection open until its peer answers (asyncio/sslproto.py).
If the loop ends first, the garbage collector warns about the socket in whatever test runs then. Connections
that were never closed still cause that warning.
"""

import asyncio
from asyncio import sslproto
from asyncio.selector_events import BaseSelectorEventLoop
from typing import Any

_CLOSED = (sslproto.SSLProtocolState.FLUSHING, sslproto.SSLProtocolState.SHUTDOWN)
_close = BaseSelectorEventLoop.close


def close(loop: Any) -> None:
    """Close a loop after aborting the connections that only wait for their peer."""
    waiting = [each for each in list(getattr(loop, "_transports", {}).values()) if _waits(each)]
    for transport in waiting:
        transport.abort()
    if waiting:
        loop.run_until_complete(asyncio.sleep(0))
    _close(loop)


def _waits(transport: asyncio.Transport) -> bool:
    protocol = transport.get_protocol()
    return isinstance(protocol, sslproto.SSLProtocol) and protocol._state in _CLOSED  # type: ignore[attr-defined]
