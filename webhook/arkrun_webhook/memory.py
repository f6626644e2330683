"""Memory that large reviews leave behind goes back to the system.

glibc keeps what is freed below anything that is not: sixteen connections with reviews of 510 KB leave
15 MB so. A connection that ends is freed at once, and the buffers of its TLS: nothing it holds holds it.
"""

from __future__ import annotations

import ctypes

EVERY_SECONDS = 1
"""Seconds from one time to the next; it takes a quarter of a millisecond."""


def give_back() -> None:
    """Return free pages; on a libc other than glibc that is left to it."""
    if _trim is not None:
        _trim(0)


_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
