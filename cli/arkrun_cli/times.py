"""Times of the API server, and durations as kubectl prints them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:[Zz]|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# Below this, a difference of the clocks is the Date header's whole seconds and the network's delay.
_TOLERANCE = timedelta(seconds=3)


class Clock:
    """The API server's time: this machine's clock, corrected by the Date header of the last response.

    The times of a record are the cluster's, so an age by a wrong local clock would be wrong as well.
    """

    def __init__(self) -> None:
        self._ahead = timedelta()

    def observe(self, date: str | None, seconds: float) -> None:
        """Compare a Date header with the local clock; the response took `seconds`."""
        try:
            there = parsedate_to_datetime(date or "").astimezone(UTC)
        except ValueError:
            return
        ahead = there - (datetime.now(UTC) - timedelta(seconds=seconds / 2))
        self._ahead = ahead if abs(ahead) > _TOLERANCE else timedelta()

    def now(self) -> datetime:
        """Return the API server's present time."""
        return datetime.now(UTC) + self._ahead


def parse_time(value: object) -> datetime | None:
    """Parse an RFC 3339 time; return None for anything else.

    The API server stores years and offsets that datetime cannot hold: these become its first or last time.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    date, clock, fraction, sign, hours, minutes = match.groups()
    if date.startswith("0000"):
        return _FIRST
    try:
        local = datetime.fromisoformat(f"{date}T{clock}.{(fraction or '').ljust(6, '0')}+00:00")
    except ValueError:
        return None
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        return local + offset if sign == "-" else local - offset
    except OverflowError:
        return _LAST if sign == "-" else _FIRST


def elapsed(start: datetime | None, end: datetime | None, now: datetime) -> timedelta | None:
    """Return the time from start to end, or until `now` without an end; None without a start."""
    return None if start is None else max((end or now) - start, timedelta())


def format_duration(duration: timedelta | None) -> str:
    """Format a duration as kubectl formats ages: 45s, 3m20s, 2h5m, 3d4h; `-` for None."""
    if duration is None:
        return "-"
    seconds = max(0, int(duration.total_seconds()))
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        parts.append((count, unit))
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return "".join(f"{count}{unit}" for count, unit in parts[first : first + 2] if count) or "0s"


def format_precise(duration: timedelta) -> str:
    """Format a duration that may be short: 12.3s, 450ms, 1h5m."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.3g}ms"
    return f"{seconds:.1f}s" if seconds < _UNITS[2][1] else format_duration(duration)


def took(start: datetime | None, end: datetime | None) -> timedelta | None:
    """Return the time from start to end; None unless both are known."""
    return None if end is None else elapsed(start, end, end)


def format_start(start: datetime | None) -> str:
    """Format when a run started."""
    if start is None:
        return "not started"
    return f"started {start.isoformat(sep=' ', timespec='seconds').removesuffix('+00:00')} UTC"


def format_age(start: datetime | None, now: datetime) -> str:
    """Format how long ago a run started; a writer's clock may be ahead of the API server's."""
    if start is None:
        return ""
    if start - now > _TOLERANCE:
        return f" (in {format_duration(start - now)})"
    return f" ({format_duration(now - start)} ago)"
