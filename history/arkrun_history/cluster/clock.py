"""The API server's clock, derived from the Date headers of its responses.

Ages compare times that the cluster wrote with the current time. On a node whose clock is wrong, the
local time would delete runs too early.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime


class ServerClock:
    """Local wall clock plus an offset that each response may correct."""

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self._local = local
        self.offset = 0.0

    def now(self) -> float:
        """Return the API server's time in Unix seconds, accurate to about a second."""
        return self._local() + self.offset

    def observe(self, date: str | None, elapsed: float) -> None:
        """Correct the offset by the Date header of a response that took `elapsed` seconds."""
        if date is None:
            return
        try:
            stamped = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        # The header is truncated to seconds: the server's time was in [stamped, stamped + 1).
        now = self._local()
        lowest, highest = stamped - now, stamped + 1 - (now - elapsed)
        self.offset = min(max(self.offset, lowest), highest)
