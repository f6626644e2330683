"""Durations as runRetainFor has them: Go's (1h30m, 1.5h, 300ms), and days."""

from __future__ import annotations

import re
from decimal import Decimal

from arkrun_history.errors import DurationError

# time.ParseDuration of Go, and "d", which stands for 24 h.
_SECONDS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "μs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d)")
_WHOLE = re.compile(rf"\+?(?:0|(?:{_PART.pattern})+)")

MOST_SECONDS = 2**63 / 1e9
"""What Go's time.Duration can hold, about 292 years."""


def seconds(text: str) -> float:
    """Read a duration; raises DurationError for anything else, negative and endless ones included."""
    if not _WHOLE.fullmatch(text):
        raise DurationError(f'"{text}" is no duration: write 168h, 1h30m or 7d')
    total = sum((Decimal(number) * _SECONDS[unit] for number, unit in _PART.findall(text)), Decimal(0))
    if total >= MOST_SECONDS:
        raise DurationError(f'"{text}" is longer than 292 years: write 168h, 1h30m or 7d')
    return float(total)
