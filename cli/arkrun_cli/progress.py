"""What --wait shows while the run goes on: a live table in a terminal, a line a change in a pipe."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from arkrun_cli.record import Record, Step, human, lasted
from arkrun_cli.terminal import console, say

if TYPE_CHECKING:
    from rich.console import RenderableType


class Progress(AbstractContextManager["Progress"], Protocol):
    """Told of each version of the run."""

    def update(self, record: Record) -> None:
        """Show this version."""
        ...


def progress() -> Progress:
    """Choose by what stderr is."""
    return Live() if console(stderr=True).is_terminal else Lines()


class Lines:
    """One line on stderr for each change of a step's or the run's phase."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}
        self._phase = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""

    def update(self, record: Record) -> None:
        """Say what is new in this version."""
        if not record.over:
            self._run(record)
        for step in record.steps:
            state = (step.phase, step.iterations)
            if self._seen.get(step.name, ("Pending", 0)) != state:
                say(_line(step))
            self._seen[step.name] = state
        if record.over:
            self._run(record)

    def _run(self, record: Record) -> None:
        if self._phase != record.phase:
            say(f"{record.name}: {record.phase}")
        self._phase = record.phase


class Live:
    """The step table, redrawn in place; it stays on the screen at the end."""

    def __init__(self) -> None:
        from rich.live import Live as Display  # noqa: PLC0415 - only a terminal needs it

        self._record: Record | None = None
        self._display = Display(
            console=console(stderr=True), get_renderable=self._render, refresh_per_second=8
        )

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.stop()

    def update(self, record: Record) -> None:
        """Take this version; the clock in the table runs on between versions."""
        self._record = record

    def _render(self) -> RenderableType:
        from rich.console import Group  # noqa: PLC0415 - as above
        from rich.spinner import Spinner  # noqa: PLC0415

        from arkrun_cli.show import steps_table  # noqa: PLC0415

        record, now = self._record, datetime.now(UTC)
        if record is None:
            return ""
        took = human(lasted(record.start, record.end, now))
        title = f"{record.name}  {record.phase}  {took}"
        return Group(title if record.over else Spinner("dots", title), steps_table(record, now))


def _line(step: Step) -> str:
    took = "" if step.end is None or step.start is None else f" in {human(step.end - step.start)}"
    tokens = f", {step.usage.total} tokens" if step.usage else ""
    rounds = f", iteration {step.iterations}" if step.iterations and step.phase == "Running" else ""
    message = f": {step.message}" if step.message and step.phase != "Succeeded" else ""
    return f"{step.name}: {step.phase}{took}{tokens}{rounds}{message}"
