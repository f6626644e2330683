"""What a team says of its history; what cannot be read limits nothing."""

from typing import Any

import msgspec
import pytest

from arkrun_history.policy import Policy, TeamSpec


def policy(**spec: Any) -> Policy:
    """Read a policy from a spec as it comes from the API server."""
    return msgspec.json.decode(msgspec.json.encode(spec), type=TeamSpec).policy()


def test_the_references_defaults() -> None:
    """10 Succeeded, 3 Failed, no limit by age."""
    assert policy(pipeline=[{"role": "a"}]) == Policy(10, 3, None)


def test_all_that_a_team_can_say() -> None:
    """Zero runs is a limit; zero time is none, as in the operator."""
    given = {"successfulRunsHistoryLimit": 0, "failedRunsHistoryLimit": 7}

    assert policy(**given, runRetainFor="7d") == Policy(0, 7, 604800.0)
    assert policy(**given, runRetainFor="0s") == Policy(0, 7, None)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            {"runRetainFor": "-5h"},
            Policy(10, 3, None, 'runRetainFor "-5h" is no duration: write 168h, 1h30m or 7d'),
        ),
        (
            {"runRetainFor": ["7d"]},
            Policy(10, 3, None, "runRetainFor \"['7d']\" is no duration: write 168h, 1h30m or 7d"),
        ),
        (
            {"successfulRunsHistoryLimit": -1, "failedRunsHistoryLimit": "3"},
            Policy(
                None,
                None,
                None,
                "successfulRunsHistoryLimit -1 is no number from 0 on; "
                "failedRunsHistoryLimit '3' is no number from 0 on",
            ),
        ),
        (
            {"failedRunsHistoryLimit": True},
            Policy(10, None, None, "failedRunsHistoryLimit True is no number from 0 on"),
        ),
    ],
)
def test_what_cannot_be_read_deletes_nothing(spec: dict[str, Any], expected: Policy) -> None:
    """The problem names the field and its value, and that field limits nothing."""
    assert policy(**spec) == expected
