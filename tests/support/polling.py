"""Waiting for a condition, and for the clock."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until the condition holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"the condition did not hold within {seconds:g} s"
        time.sleep(0.1)


def next_second() -> None:
    """Wait for the next second: Kubernetes' timestamps have no fractions to order objects by."""
    time.sleep(1 - time.time() % 1)
