"""A deadline that moves with every request: moving it costs an assignment, not a timer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf


class Patience:
    """Calls one action when it was waited for too long; one at a time, the latest counts."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None
        self._rings = inf

    def wait(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in some seconds, unless that is changed until then."""
        self._deadline = self._loop.time() + seconds
        self._action = action
        if self._deadline < self._rings:
            self._arm()

    def rest(self) -> None:
        """Wait for nothing."""
        self._deadline = inf

    def end(self) -> None:
        """Wait for nothing, ever, and let go of the action, which as a rule is a method of who holds this."""
        self.rest()
        self._action = _nothing
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = self._deadline
        self._timer = self._loop.call_at(self._rings, self._ring)

    def _ring(self) -> None:
        # The timer was set for an earlier deadline than the present one, as a rule.
        self._timer, self._rings = None, inf
        if self._deadline == inf:
            return
        if self._loop.time() < self._deadline:
            self._arm()
        else:
            self._deadline = inf
            self._action()


def _nothing() -> None:
    """Do nothing."""
