"""A record on a terminal: the steps with their bars and tokens, what failed, what came out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from arkrun_cli.record import Record, Step, human, lasted
from arkrun_cli.terminal import PHASE_STYLES, clean

BAR_WIDTH = 32
BARS = {"Succeeded": "█", "Running": "▒", "Failed": "█", "Skipped": "·"}


def rendered(record: Record, now: datetime) -> RenderableType:
    """Render the whole record as of `now`."""
    return Group(*_parts(record, now))


def steps_table(record: Record, now: datetime) -> Table:
    """Render one line a step, in the order of the DAG, and the total."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_footer=bool(record.usage))
    usage = record.usage
    table.add_column("STEP", footer="total")
    table.add_column("AFTER", style="dim")
    table.add_column("PHASE")
    table.add_column("TIMELINE", no_wrap=True)
    table.add_column("TIME", justify="right", footer=human(lasted(record.start, record.end, now)))
    for title, total in (
        ("TOKENS", usage and usage.total),
        ("IN", usage and usage.given),
        ("OUT", usage and usage.made),
    ):
        table.add_column(title, justify="right", footer="" if total is None else str(total))
    for step in record.steps:
        table.add_row(*_row(record, step, now))
    return table


def _parts(record: Record, now: datetime) -> Iterator[RenderableType]:
    yield from _head(record, now)
    if record.steps:
        yield ""
        yield steps_table(record, now)
    if note := record.token_note():
        yield Text(f"note: {note}", style="yellow")
    if record.input:
        yield _section("input")
        yield _pairs(record.input)
    if failures := list(_failures(record)):
        yield _section("failures")
        yield from failures
    if record.output:
        yield _section("output")
        yield Text(clean(record.output))


def _head(record: Record, now: datetime) -> Iterator[Text]:
    head = Text(record.name, style="bold")
    head.append("  ")
    head.append(record.phase, style=PHASE_STYLES.get(record.phase, ""))
    yield head
    started = "not started" if record.start is None else f"started {record.start:%Y-%m-%d %H:%M:%S} UTC"
    ago = "" if record.start is None else f" ({human(now - record.start)} ago)"
    yield Text(
        f"team {record.team}, generation {record.generation}; namespace {record.namespace}; {started}{ago}"
    )


def _row(record: Record, step: Step, now: datetime) -> list[Text | str]:
    phase = Text(step.phase, style=PHASE_STYLES.get(step.phase, ""))
    if step.iterations:
        phase.append(f" x{step.iterations}")
    usage = step.usage
    tokens = ["-"] * 3 if usage is None else [str(usage.total), str(usage.given), str(usage.made)]
    took = human(lasted(step.start, step.end or (record.end if record.over else None), now))
    return [clean(step.name), clean(", ".join(step.after)), phase, _bar(record, step, now), took, *tokens]


def _bar(record: Record, step: Step, now: datetime) -> Text:
    """Place the step on the run's own time line, at least one cell long."""
    if step.start is None or record.start is None:
        return Text("")
    end = step.end or record.end or now
    whole = max((record.end or now) - record.start, timedelta(seconds=1))
    first = min(BAR_WIDTH - 1, max(0, int(BAR_WIDTH * ((step.start - record.start) / whole))))
    length = max(1, round(BAR_WIDTH * ((end - step.start) / whole)))
    bar = BARS.get(step.phase, "░") * min(length, BAR_WIDTH - first)
    return Text(" " * first + bar, style=PHASE_STYLES.get(step.phase, ""))


def _section(title: str) -> Text:
    return Text(f"\n{title}", style="bold")


def _pairs(given: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for key, value in given.items():
        table.add_row(Text(f"  {clean(key)}", style="dim"), Text(clean(value)))
    return table


def _failures(record: Record) -> Iterator[Text]:
    for step in record.failures:
        task = f" (task {step.task})" if step.task else ""
        yield Text(f"  {clean(step.name)}{task}: {clean(step.message) or 'no message'}", style="red")
    if record.phase == "Failed" and not record.failures:
        yield Text(f"  {clean(record.message) or 'no step ran, and no condition says why'}", style="red")
