"""runRetainFor: Go's durations, and days."""

import pytest

from arkrun_history.durations import seconds
from arkrun_history.errors import DurationError


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_what_go_reads_and_days(text: str, expected: float) -> None:
    """Each unit of time.ParseDuration, fractions, sums, and d."""
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "7", "7 d", "7D", "1w", "d", "-7d", "1h-30m", "\u0667d", "7d\n", "1e3s"]
)
def test_what_is_no_duration(text: str) -> None:
    """It says what was given and what is needed; a negative age would delete everything."""
    with pytest.raises(DurationError) as raised:
        seconds(text)

    assert str(raised.value) == f'"{text}" is no duration: write 168h, 1h30m or 7d'


def test_longer_than_go_can_say() -> None:
    """A number that Go refuses is refused here as well."""
    with pytest.raises(DurationError) as raised:
        seconds("99999999999d")

    assert str(raised.value) == '"99999999999d" is longer than 292 years: write 168h, 1h30m or 7d'
