"""A listening socket of one process, for IPv4 and IPv6 alike."""

from __future__ import annotations

import errno
import socket

__all__ = ["listen"]

_BACKLOG = 2048
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address, or for an empty host on all of both families, with one socket.

    Raises OSError, whose message names host and port.
    """
    try:
        return _listen(host.removeprefix("[").removesuffix("]"), port)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0]
        where = f'address "{host}"' if host else "all addresses"
        raise OSError(f"cannot listen on {where}, port {port}: {reason[:1].lower()}{reason[1:]}") from None


def _listen(host: str, port: int) -> socket.socket:
    if host:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    if socket.has_dualstack_ipv6():
        try:
            return socket.create_server(
                ("", port), family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=True
            )
        except OSError as error:
            # The kernel has IPv6, and the node has switched it off.
            if error.errno not in _NO_IPV6:
                raise
    return socket.create_server(("", port), backlog=_BACKLOG)
