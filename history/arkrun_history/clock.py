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

    def local(self) -> float:
        """Give this machine's own time, for `hear`."""
        return self._local()

    def hear(self, date: str | None, sent: float) -> None:
        """Take an answer's Date header; `sent` is the local time when the request went out."""
        if date is None:
            return
        try:
            stamped = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        # The header is cut to the second: the server's time was in [stamped, stamped + 1).
        least, most = stamped - self._local(), stamped + 1 - sent
        self.offset = min(max(self.offset, least), most)
