"""What `ark verify` found: reports, counts and the exit code, 0 verified, 1 altered, 2 cannot tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from arkrun_cli.render.report import LIMITS, json_line, lines, summary
from arkrun_cli.render.terminal import print_message, print_result, sanitize
from arkrun_cli.seal.exported import Json
from arkrun_cli.seal.keys import Keys
from arkrun_crd.seal.verify import Report, State, verify

__all__ = ["Outcome", "verify_runs"]


class Outcome:
    """Prints reports and counts states. With `every`, verified runs are printed too."""

    def __init__(self, *, as_json: bool, every: bool) -> None:
        self._as_json = as_json
        self._every = every
        self.counts: Counter[State] = Counter()

    def add(self, run: Json, report: Report) -> None:
        """Count a run, and print it."""
        self.counts[report.state] += 1
        if self._as_json:
            print_result(json_line(run, report))
        elif self._every or report.state is not State.VERIFIED:
            print_result("\n".join(map(sanitize, lines(run, report))))

    def finish(self) -> int:
        """Print what was found and what a seal does not prove, and return the exit code."""
        if not self._as_json:
            if not self._every:
                print_result(summary(self.counts))
            print_message(LIMITS)
        if self.counts[State.ALTERED]:
            return 1
        return 0 if set(+self.counts) <= {State.VERIFIED} else 2


def verify_runs(runs: Iterable[Json], keys: Keys, outcome: Outcome) -> None:
    """Verify runs, and add each to the outcome."""
    for run in runs:
        outcome.add(run, verify(run, keys))
