"""The API server's clock, as far as its answers tell it.

Ages compare times that the cluster wrote with the time now. A pod whose node's clock is wrong would
delete too early, so "now" comes from the Date header of the answers, never from the node alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime


class ServerClock:
    """Local wall clock plus an offset that every answer may correct."""

    def __init__(self, local: Callable[[], float] = time.time) -> None:
        self._local = local
        self.offset = 0.0

    def now(self) -> float:
        """Give the API server's time, in Unix seconds, right to about a second."""
        return self._local() + self.offset

    def hear(self, date: str | None, seconds: float) -> None:
        """Correct the offset by an answer's Date header; it came `seconds` after the request was sent."""
        if date is None:
            return
        try:
            stamped = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        # The header is cut to the second: the server's time was in [stamped, stamped + 1).
        now = self._local()
        least, most = stamped - now, stamped + 1 - (now - seconds)
        self.offset = min(max(self.offset, least), most)
