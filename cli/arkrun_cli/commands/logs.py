"""`ark logs`: what the steps of a run said, in order, and live while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import aclosing

from arkrun_cli.cluster import Cluster
from arkrun_cli.commands.follow import follow
from arkrun_cli.commands.newest import resolve_run
from arkrun_cli.errors import BadInputError, RunFailedError
from arkrun_cli.render.terminal import print_message, sanitize, sanitize_line, write_result
from arkrun_cli.run_view import RunView, StepView
from arkrun_cli.times import format_duration, took

ENDED = frozenset({"Succeeded", "Failed", "Skipped"})


async def print_logs(
    cluster: Cluster,
    run_or_team: str | None,
    *,
    last: bool,
    live: bool,
    steps: Sequence[str] = (),
    failed_only: bool = False,
) -> None:
    """Print outputs and messages of the steps; `live` waits for the rest until the run finishes.

    With `last`, the run is a team's newest one. Raises RunFailedError if the run failed, BadInputError for a
    step that it does not have, NoRunError and KubeError.
    """
    run = await cluster.get_run(await resolve_run(cluster, run_or_team, last=last))
    view = RunView.read(run)
    _check_steps(view, steps)
    transcript = Transcript(steps, failed_only=failed_only)
    if live:
        async with aclosing(follow(cluster, run, timeout=None)) as versions:
            async for version in versions:
                view = RunView.read(version)
                _print(transcript.read(view))
    else:
        _print(transcript.read(view))
    _finish(view)


class Transcript:
    """The log of a run, as far as it has been printed."""

    def __init__(self, steps: Sequence[str] = (), *, failed_only: bool = False) -> None:
        self._steps = frozenset(steps)
        self._failed_only = failed_only
        self._printed: dict[str, StepView] = {}

    def read(self, run: RunView) -> Iterator[str]:
        """Yield the entries of the steps that have ended, or said something, since the last version.

        A step that a loop or a retry runs again has an entry for each time that it ended.
        """
        for step in run.steps:
            if self._is_selected(step) and self._has_news(step):
                self._printed[step.name] = step
                yield format_step(step)

    def _is_selected(self, step: StepView) -> bool:
        is_shown = step.phase == "Failed" or not self._failed_only
        return is_shown and (not self._steps or step.name in self._steps)

    def _has_news(self, step: StepView) -> bool:
        last = self._printed.get(step.name)
        if step.phase not in ENDED:
            return bool(step.message) and (last is None or _said(last) != _said(step))
        return last is None or (_said(last), last.end) != (_said(step), step.end)


def format_step(step: StepView) -> str:
    """Format a step: a line with its name, phase, time and tokens, then its output and its message."""
    time = took(step.start, step.end)
    facts = [
        f"{sanitize_line(step.phase)}{'' if time is None else f' in {format_duration(time)}'}",
        *([f"iteration {step.iterations}"] if step.iterations else []),
        *([f"{step.usage.total} tokens"] if step.usage else []),
    ]
    blocks = [sanitize(step.output)] if step.output else []
    blocks += [f"message: {sanitize(step.message)}"] if step.message else []
    lines = [f"--- {sanitize_line(step.name)}: {', '.join(facts)} ---", *(b.rstrip("\n") for b in blocks)]
    return "\n".join(lines) + "\n"


def _said(step: StepView) -> tuple[str, int, str, str]:
    return step.phase, step.iterations, step.output, step.message


def _print(entries: Iterator[str]) -> None:
    for entry in entries:
        write_result(entry)


def _check_steps(run: RunView, steps: Sequence[str]) -> None:
    names = [step.name for step in run.steps]
    if unknown := [step for step in steps if step not in names]:
        raise BadInputError(
            f"arkrun {run.name} has no step {', '.join(unknown)}; its steps: {', '.join(names) or 'none yet'}"
        )


def _finish(run: RunView) -> None:
    """Print the progress of the run. Raises RunFailedError if it failed."""
    if run.phase == "Failed":
        raise RunFailedError(f"arkrun {run.name} failed" + ("" if run.failures else f": {run.message}"))
    if not run.finished:
        print_message(f"arkrun {run.name} is {run.phase}: follow it with ark logs {run.name} -f")
