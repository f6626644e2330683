"""Times as the API server stores them, and clocks that differ."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from arkrun_cli.times import Clock, elapsed, format_age, parse_time

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-03-17T12:00:00Z", NOON),
        ("2026-03-17t12:00:00z", NOON),
        ("2026-03-17T13:30:00+01:30", NOON),
        ("2026-03-17T12:00:00.123456789Z", NOON.replace(microsecond=123456)),
        ("0000-01-01T00:00:00Z", FIRST),
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("9999-12-31T23:59:59-12:00", LAST),
        ("2026-03-17T12:00:00+99:99", NOON - timedelta(hours=99, minutes=99)),
        ("2026-02-30T00:00:00Z", None),
        ("2026-03-17T12:00:60Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1710000000, None),
    ],
)
def test_any_stored_time_is_read(value: object, time: datetime | None) -> None:
    """What datetime cannot hold becomes its first or last time; what is no time is absent."""
    assert parse_time(value) == time


def test_a_step_that_ended_before_it_started_took_no_time() -> None:
    """Two writers' clocks differ."""
    assert elapsed(NOON, NOON - timedelta(hours=1), NOON) == timedelta()


@pytest.mark.parametrize(
    ("start", "age"),
    [
        (None, ""),
        (NOON - timedelta(minutes=5), " (5m ago)"),
        (NOON + timedelta(seconds=1), " (0s ago)"),
        (NOON + timedelta(minutes=5), " (in 5m)"),
    ],
)
def test_an_age_is_never_negative(start: datetime | None, age: str) -> None:
    """A start in the future is shown as such."""
    assert format_age(start, NOON) == age


@pytest.mark.parametrize("hours", [-3, 3])
def test_the_time_is_that_of_the_api_server(hours: int) -> None:
    """By the Date header of its last response, however wrong the local clock is."""
    clock = Clock()

    clock.observe(format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True), 0.1)

    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=hours)) < timedelta(seconds=2)


@pytest.mark.parametrize("header", [None, "", "yesterday"])
def test_without_a_date_the_time_is_the_local_one(header: str | None) -> None:
    """A proxy may answer without one."""
    clock = Clock()

    clock.observe(header, 0.1)

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
