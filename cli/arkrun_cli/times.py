"""Times of the API server, and durations as kubectl prints them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def parse_time(text: str | None) -> datetime | None:
    """Parse an RFC 3339 time; return None if it is absent."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def elapsed(start: datetime | None, end: datetime | None, now: datetime) -> timedelta | None:
    """Return the time from start to end, or until `now` without an end; None without a start."""
    return None if start is None else max((end or now) - start, timedelta())


def format_duration(duration: timedelta | None) -> str:
    """Format a duration as kubectl formats ages: 45s, 3m20s, 2h5m, 3d4h; `-` for None."""
    if duration is None:
        return "-"
    seconds = int(duration.total_seconds())
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        parts.append((count, unit))
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return "".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count) or "0s"
