"""Durations of runRetainFor: Go's (1h30m, 1.5h, 300ms) and days (7d)."""

from __future__ import annotations

import re
from decimal import Decimal

from arkrun_history.errors import DurationError

# The units of Go's time.ParseDuration, and "d" for 24 hours.
_UNIT_SECONDS = {
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
_TERM = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d)")
_DURATION = re.compile(rf"\+?(?:0|(?:{_TERM.pattern})+)")

MAX_SECONDS = 2**63 / 1e9
"""The range of Go's time.Duration, about 292 years."""


def parse_duration(text: str) -> float:
    """Parse a duration into seconds; raises DurationError if it is malformed, negative or too long."""
    if not _DURATION.fullmatch(text):
        raise DurationError(f'invalid duration "{text}": write 168h, 1h30m or 7d')
    total = sum((Decimal(number) * _UNIT_SECONDS[unit] for number, unit in _TERM.findall(text)), Decimal(0))
    if total >= MAX_SECONDS:
        raise DurationError(f'duration "{text}" is longer than 292 years: write 168h, 1h30m or 7d')
    return float(total)
