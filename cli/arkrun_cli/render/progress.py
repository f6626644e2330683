"""The progress of a run on stderr: a live table in a terminal, a line per change in a pipe."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from arkrun_cli.render.terminal import console, print_message, sanitize_line
from arkrun_cli.run_view import RunView, StepView
from arkrun_cli.times import elapsed, format_duration, took

if TYPE_CHECKING:
    from rich.console import RenderableType


class Progress(AbstractContextManager["Progress"], Protocol):
    """Shows each version of a run that it is updated with."""

    def update(self, run: RunView) -> None:
        """Show this version."""
        ...


def new_progress(now: Callable[[], datetime]) -> Progress:
    """Return the progress that suits stderr; `now` is the API server's time."""
    return LiveProgress(now) if console(stderr=True).is_terminal else LineProgress()


class LineProgress:
    """Prints a line for each change of phase, of a step or of the run."""

    def __init__(self) -> None:
        self._states: dict[str, tuple[str, int]] = {}
        self._phase = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release nothing: lines hold no resource."""

    def update(self, run: RunView) -> None:
        """Print the changes since the last version."""
        if not run.finished:
            self._print_phase(run)
        for step in run.steps:
            state = (step.phase, step.iterations)
            if self._states.get(step.name, ("Pending", 0)) != state:
                print_message(_format_change(step))
            self._states[step.name] = state
        if run.finished:
            self._print_phase(run)

    def _print_phase(self, run: RunView) -> None:
        if self._phase != run.phase:
            print_message(f"{run.name}: {run.phase}")
        self._phase = run.phase


class LiveProgress:
    """Redraws the step table in place; its last state stays on the screen."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        from rich.live import Live as Display  # noqa: PLC0415 - only a terminal needs it

        self._now = now
        self._current: RunView | None = None
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

    def update(self, run: RunView) -> None:
        """Show this version; durations keep counting until the next one."""
        self._current = run

    def _render(self) -> RenderableType:
        from rich.console import Group  # noqa: PLC0415 - as above
        from rich.spinner import Spinner  # noqa: PLC0415

        from arkrun_cli.render.text import steps_table  # noqa: PLC0415

        run, now = self._current, self._now()
        if run is None:
            return ""
        duration = format_duration(elapsed(run.start, run.end, now))
        title = f"{sanitize_line(run.name)}  {sanitize_line(run.phase)}  {duration}"
        return Group(title if run.finished else Spinner("dots", title), steps_table(run, now))


def _format_change(step: StepView) -> str:
    time = took(step.start, step.end)
    duration = "" if time is None else f" in {format_duration(time)}"
    tokens = f", {step.usage.total} tokens" if step.usage else ""
    iteration = f", iteration {step.iterations}" if step.iterations and step.phase == "Running" else ""
    message = f": {step.message}" if step.message and step.phase != "Succeeded" else ""
    return f"{sanitize_line(step.name)}: {sanitize_line(step.phase)}{duration}{tokens}{iteration}{message}"
