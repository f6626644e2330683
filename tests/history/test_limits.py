"""The limits of a team's history; an invalid field limits nothing."""

from typing import Any

import msgspec
import pytest

from arkrun_history.policy.limits import HistorySpec, Limits


def limits(**spec: Any) -> Limits:
    """Read the limits from a team's spec, as the API server sends it."""
    return msgspec.json.decode(msgspec.json.encode(spec), type=HistorySpec).limits()


def test_a_team_without_history_fields_has_the_operators_defaults() -> None:
    """10 Succeeded, 3 Failed, no maximum age."""
    assert limits(pipeline=[{"role": "a"}]) == Limits(10, 3, None)


def test_the_fields_of_a_team_override_the_defaults() -> None:
    """Zero runs is a limit; a zero duration is none, as in the operator."""
    counts = {"successfulRunsHistoryLimit": 0, "failedRunsHistoryLimit": 7}

    assert limits(**counts, runRetainFor="7d") == Limits(0, 7, 604800.0)
    assert limits(**counts, runRetainFor="0s") == Limits(0, 7, None)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            {"runRetainFor": "-5h"},
            Limits(10, 3, None, 'runRetainFor: invalid duration "-5h": write 168h, 1h30m or 7d'),
        ),
        (
            {"runRetainFor": ["7d"]},
            Limits(10, 3, None, "runRetainFor: invalid duration \"['7d']\": write 168h, 1h30m or 7d"),
        ),
        (
            {"successfulRunsHistoryLimit": -1, "failedRunsHistoryLimit": "3"},
            Limits(
                None,
                None,
                None,
                "successfulRunsHistoryLimit: invalid limit -1: must be an integer of at least 0; "
                "failedRunsHistoryLimit: invalid limit '3': must be an integer of at least 0",
            ),
        ),
        (
            {"failedRunsHistoryLimit": True},
            Limits(
                10, None, None, "failedRunsHistoryLimit: invalid limit True: must be an integer of at least 0"
            ),
        ),
    ],
)
def test_an_invalid_field_limits_nothing_and_is_reported(spec: dict[str, Any], expected: Limits) -> None:
    """The problem names the field, its value and what is expected."""
    assert limits(**spec) == expected
