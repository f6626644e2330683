"""A run in a terminal: its steps with timeline and tokens, its failures, its output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from arkrun_cli.render.terminal import PHASE_STYLES, sanitize, sanitize_line, seal_style
from arkrun_cli.run_view import RunView, StepView
from arkrun_cli.times import elapsed, format_age, format_duration, format_start

BAR_WIDTH = 32
BARS = {"Succeeded": "█", "Running": "▒", "Failed": "█", "Skipped": "·"}


def render_run(run: RunView, now: datetime, seal: str = "") -> RenderableType:
    """Render the run as of `now`; `seal` is what its seals say."""
    return Group(*_parts(run, now, seal))


def steps_table(run: RunView, now: datetime) -> Table:
    """Render a row per step, in topological order, and the totals."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_footer=bool(run.usage))
    usage = run.usage
    table.add_column("STEP", footer="total", overflow="fold")
    table.add_column("AFTER", style="dim", overflow="fold")
    table.add_column("PHASE", overflow="fold")
    table.add_column("TIMELINE", no_wrap=True)
    table.add_column("TIME", justify="right", footer=format_duration(elapsed(run.start, run.end, now)))
    for title, total in (
        ("TOKENS", usage and usage.total),
        ("IN", usage and usage.input),
        ("OUT", usage and usage.output),
    ):
        table.add_column(title, justify="right", footer="" if total is None else str(total))
    for step in run.steps:
        table.add_row(*_row(run, step, now))
    return table


def _parts(run: RunView, now: datetime, seal: str) -> Iterator[RenderableType]:
    yield from _header(run, now)
    if seal:
        yield Text(f"seal: {sanitize(seal)}", style=seal_style(seal))
    if run.steps:
        yield ""
        yield steps_table(run, now)
    if note := run.token_note():
        yield Text(f"note: {note}", style="yellow")
    if run.input:
        yield _section("input")
        yield from _key_values(run.input)
    if failures := list(_failures(run)):
        yield _section("failures")
        yield from failures
    if run.output:
        yield _section("output")
        yield Text(sanitize(run.output))


def _header(run: RunView, now: datetime) -> Iterator[Text]:
    title = Text(sanitize_line(run.name), style="bold")
    title.append("  ")
    title.append(sanitize_line(run.phase), style=PHASE_STYLES.get(run.phase, ""))
    yield title
    team, namespace = sanitize_line(run.team), sanitize_line(run.namespace)
    started = f"{format_start(run.start)}{format_age(run.start, now)}"
    yield Text(f"team {team}, generation {run.generation}; namespace {namespace}; {started}")


def _row(run: RunView, step: StepView, now: datetime) -> list[Text | str]:
    phase = Text(sanitize_line(step.phase), style=PHASE_STYLES.get(step.phase, ""))
    if step.iterations:
        phase.append(f" x{step.iterations}")
    usage = step.usage
    tokens = ["-"] * 3 if usage is None else [str(usage.total), str(usage.input), str(usage.output)]
    duration = format_duration(elapsed(step.start, step.end or (run.end if run.finished else None), now))
    return [
        sanitize_line(step.name),
        sanitize_line(", ".join(step.depends_on)),
        phase,
        _bar(run, step, now),
        duration,
        *tokens,
    ]


def _bar(run: RunView, step: StepView, now: datetime) -> Text:
    """Draw the step on the run's timeline, at least one cell long."""
    if step.start is None or run.start is None:
        return Text("")
    end = step.end or run.end or now
    total = max((run.end or now) - run.start, timedelta(seconds=1))
    first = min(BAR_WIDTH - 1, max(0, int(BAR_WIDTH * ((step.start - run.start) / total))))
    length = max(1, round(BAR_WIDTH * ((end - step.start) / total)))
    bar = BARS.get(step.phase, "░") * min(length, BAR_WIDTH - first)
    return Text(" " * first + bar, style=PHASE_STYLES.get(step.phase, ""))


def _section(title: str) -> Text:
    return Text(f"\n{title}", style="bold")


def _key_values(values: Mapping[str, str]) -> Iterator[Text]:
    """Yield a line per value; more lines of a value are indented as its first."""
    names = {key: sanitize_line(key) for key in values}
    width = max(map(len, names.values()))
    for key, value in values.items():
        text = Text(f"  {names[key].ljust(width)}  ", style="dim")
        yield text.append(_indent(sanitize(value), width + 4), style="not dim")


def _failures(run: RunView) -> Iterator[Text]:
    for step in run.failures:
        task = f" (task {sanitize_line(step.task_id)})" if step.task_id else ""
        message = _indent(sanitize(step.message), 4) or "no message"
        yield Text(f"  {sanitize_line(step.name)}{task}: {message}", style="red")
    if run.phase == "Failed" and not run.failures:
        message = _indent(sanitize(run.message), 4) or "no step ran, and no condition gives a reason"
        yield Text(f"  {message}", style="red")


def _indent(text: str, width: int) -> str:
    """Return the text with every line but the first indented: none can pass for a line of ours."""
    return text.replace("\n", f"\n{' ' * width}")
