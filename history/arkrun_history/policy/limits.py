"""A team's history limits, with the operator's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from arkrun_history.errors import DurationError
from arkrun_history.policy.durations import parse_duration

DEFAULT_SUCCEEDED = 10
DEFAULT_FAILED = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """The number of finished runs to retain, and the time in seconds; None means no limit.

    `problem` describes invalid fields: they limit nothing.
    """

    succeeded: int | None = DEFAULT_SUCCEEDED
    failed: int | None = DEFAULT_FAILED
    max_age: float | None = None
    problem: str = ""


class HistorySpec(msgspec.Struct, rename="camel"):
    """The history fields of ArkTeam.spec, of any type: another CRD may not validate them."""

    successful_runs_history_limit: Any = None
    failed_runs_history_limit: Any = None
    run_retain_for: Any = None

    def limits(self) -> Limits:
        """Return the limits; an invalid field is described in `problem`."""
        succeeded, failed = self.successful_runs_history_limit, self.failed_runs_history_limit
        problems = [
            f"{name}: invalid limit {value!r}: must be an integer of at least 0"
            for name, value in (("successfulRunsHistoryLimit", succeeded), ("failedRunsHistoryLimit", failed))
            if value is not None and not _is_count(value)
        ]
        max_age = None
        try:
            # Zero means no limit, as in the operator.
            max_age = parse_duration(str(self.run_retain_for or "0")) or None
        except DurationError as error:
            problems.append(f"runRetainFor: {error}")
        return Limits(
            _limit(succeeded, DEFAULT_SUCCEEDED),
            _limit(failed, DEFAULT_FAILED),
            max_age,
            "; ".join(problems),
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _limit(value: Any, default: int) -> int | None:
    if value is None:
        return default
    return value if _is_count(value) else None
