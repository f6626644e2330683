"""Durations of runRetainFor: Go's, and days."""

import pytest

from arkrun_history.errors import DurationError
from arkrun_history.policy.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("0s", 0.0),
        ("168h", 604800.0),
        ("7d", 604800.0),
        ("1d12h", 129600.0),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        (".5m", 30.0),
        ("1.s", 1.0),
        ("+2m", 120.0),
        ("300ms", 0.3),
        ("5us", 5e-6),
        ("5µs", 5e-6),
        ("5μs", 5e-6),
        ("7ns", 7e-9),
    ],
)
def test_durations_of_go_and_days_are_parsed(text: str, seconds: float) -> None:
    """Every unit of time.ParseDuration, fractions, sums, and d."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "7", "7 d", "7D", "1w", "d", "-7d", "1h-30m", "\u0667d", "7d\n", "1e3s"]
)
def test_an_invalid_duration_is_refused(text: str) -> None:
    """Negative ones too: a negative age would expire every run."""
    with pytest.raises(DurationError) as raised:
        parse_duration(text)

    assert str(raised.value) == f'invalid duration "{text}": write 168h, 1h30m or 7d'


def test_a_duration_beyond_the_range_of_go_is_refused() -> None:
    """An operator in Go could not read it either."""
    with pytest.raises(DurationError) as raised:
        parse_duration("99999999999d")

    assert str(raised.value) == 'duration "99999999999d" is longer than 292 years: write 168h, 1h30m or 7d'
