"""What a team says of its history, with the reference's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from arkrun_history.durations import seconds
from arkrun_history.errors import DurationError

SUCCEEDED_DEFAULT = 10
FAILED_DEFAULT = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """How many runs to keep, and for how many seconds after their end; None means no limit.

    `problem` names a field that cannot be read: what it would limit is then not limited.
    """

    succeeded: int | None = SUCCEEDED_DEFAULT
    failed: int | None = FAILED_DEFAULT
    retain: float | None = None
    problem: str = ""


class TeamSpec(msgspec.Struct, rename="camel"):
    """The fields of ArkTeam.spec that matter here; of any type, for other CRDs may let anything in."""

    successful_runs_history_limit: Any = None
    failed_runs_history_limit: Any = None
    run_retain_for: Any = None

    def policy(self) -> Policy:
        """Read the policy."""
        succeeded, failed = self.successful_runs_history_limit, self.failed_runs_history_limit
        problems = [
            f"{name} {value!r} is no number from 0 on"
            for name, value in (("successfulRunsHistoryLimit", succeeded), ("failedRunsHistoryLimit", failed))
            if value is not None and not _counts(value)
        ]
        retain = None
        try:
            # Zero means no limit, as in the operator.
            retain = seconds(str(self.run_retain_for or "0")) or None
        except DurationError as error:
            problems.append(f"runRetainFor {error}")
        return Policy(
            _limit(succeeded, SUCCEEDED_DEFAULT),
            _limit(failed, FAILED_DEFAULT),
            retain,
            "; ".join(problems),
        )


def _counts(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _limit(value: Any, default: int) -> int | None:
    if value is None:
        return default
    return value if _counts(value) else None
