"""Counts of the attempts' outcomes by mode and kind."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["refused", "without effect", "passed", "ACCEPTED", "BLOCKED", "BROKEN"]
FAILURES: tuple[Outcome, ...] = ("ACCEPTED", "BLOCKED", "BROKEN")


@dataclass(frozen=True)
class Attempt:
    """One request and its outcome; `detail` is the API server's message."""

    mode: str
    kind: str
    verb: str
    outcome: Outcome
    seconds: float
    detail: str

    def __str__(self) -> str:
        """One line."""
        detail = " ".join(self.detail.split())[:400]
        return (
            f"{self.outcome}: {self.kind} by {self.verb}, webhook {self.mode}, {self.seconds:.3f} s: {detail}"
        )


@dataclass
class Tally:
    """Thread-safe counts of attempts."""

    counts: Counter[tuple[str, str, Outcome]] = field(default_factory=Counter)
    verbs: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    failures: list[Attempt] = field(default_factory=list)
    slowest: Attempt | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, attempt: Attempt) -> None:
        with self._lock:
            self.counts[attempt.mode, attempt.kind, attempt.outcome] += 1
            self.verbs[attempt.verb, attempt.outcome] += 1
            if attempt.outcome in FAILURES:
                self.failures.append(attempt)
            if self.slowest is None or attempt.seconds > self.slowest.seconds:
                self.slowest = attempt

    def total(self, *outcomes: Outcome) -> int:
        """Return the number of attempts with one of these outcomes, or of all."""
        return sum(n for (_, _, outcome), n in self.counts.items() if not outcomes or outcome in outcomes)

    def table(self) -> str:
        """Return a table of counts, with a row per kind and a column per outcome, and the worst case."""
        outcomes = [o for o in ("refused", "without effect", "passed", *FAILURES) if self.total(o)]
        lines = [f"{'webhook':11}{'kind':28}" + "".join(f"{outcome:>16}" for outcome in outcomes)]
        for mode, kind in sorted({(mode, kind) for mode, kind, _ in self.counts}):
            cells = (f"{self.counts[mode, kind, outcome]:16}" for outcome in outcomes)
            lines.append(f"{mode:11}{kind:28}" + "".join(cells))
        lines.append(f"{'all':39}" + "".join(f"{self.total(outcome):16}" for outcome in outcomes))
        for verb in sorted({verb for verb, _ in self.verbs}):
            cells = (f"{self.verbs[verb, outcome]:16}" for outcome in outcomes)
            lines.append(f"{'':11}{verb:28}" + "".join(cells))
        return "\n".join([*lines, *self._worst()])

    def _worst(self) -> list[str]:
        worst = [f"worst case: {attempt}" for attempt in self.failures[:10]]
        return worst or [f"worst case: the slowest answer. {self.slowest}"]
