"""Go durations, as `metav1.Duration` reads them (Go, time.ParseDuration)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

GO_DURATION: Final = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"
"""Pattern of a Go duration; it does not check the range."""

_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART: Final = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_LIMIT: Final = 2**63
"""A time.Duration counts nanoseconds in 64 bits: about 292 years."""


def is_go_duration(text: str) -> bool:
    """Return True if time.ParseDuration reads the text without an error."""
    if not re.fullmatch(GO_DURATION.removeprefix("^").removesuffix("$"), text):
        return False
    total = sum(_nanoseconds(*part) for part in _PART.findall(text))
    return total <= (_LIMIT if text.startswith("-") else _LIMIT - 1)


def _nanoseconds(integer: str, fraction: str, unit: str) -> int:
    """Return a part in nanoseconds, rounded down as Go does."""
    return int(Fraction(f"{integer or 0}.{fraction or 0}") * _NANOSECONDS[unit])
