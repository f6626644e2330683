"""The DAG of a run as SVG: a column per depth, a box per step, a line per dependency."""

from __future__ import annotations

from collections.abc import Sequence

from arkrun_cli.render.markup import escape
from arkrun_cli.run_view import StepView
from arkrun_cli.times import format_duration, took

BOX_WIDTH, BOX_HEIGHT = 192, 44
GAP_X, GAP_Y, EDGE = 56, 16, 8
# As many characters as fit into a box.
MAX_NAME_LENGTH = 22


def svg(steps: Sequence[StepView]) -> str:
    """Draw the steps, given in topological order, as `RunView.steps` is."""
    positions = _positions(steps)
    width = max((x for x, _ in positions.values()), default=0) + BOX_WIDTH + EDGE
    height = max((y for _, y in positions.values()), default=0) + BOX_HEIGHT + EDGE
    lines = [
        _edge(positions[need], positions[step.name])
        for step in steps
        for need in step.depends_on
        if need in positions
    ]
    boxes = [_box(step, *positions[step.name]) for step in steps]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="steps and their dependencies">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def depths(steps: Sequence[StepView]) -> dict[str, int]:
    """Return the depth of each step: one more than the deepest step that it depends on."""
    depth_of: dict[str, int] = {}
    for step in steps:
        depth_of[step.name] = 1 + max((depth_of.get(need, -1) for need in step.depends_on), default=-1)
    return depth_of


def _positions(steps: Sequence[StepView]) -> dict[str, tuple[int, int]]:
    columns: dict[int, int] = {}
    positions = {}
    for name, depth in depths(steps).items():
        row = columns.get(depth, 0)
        columns[depth] = row + 1
        positions[name] = (EDGE + depth * (BOX_WIDTH + GAP_X), EDGE + row * (BOX_HEIGHT + GAP_Y))
    return positions


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    bend = GAP_X // 2
    return f'<path class="edge" d="M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"/>'


def _box(step: StepView, x: int, y: int) -> str:
    name = step.name if len(step.name) <= MAX_NAME_LENGTH else step.name[: MAX_NAME_LENGTH - 1] + "…"
    return (
        f'<g class="box {escape(step.phase)}"><title>{escape(step.name)}</title>'
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
        f'<text x="{x + 12}" y="{y + 19}">{escape(name)}</text>'
        f'<text class="phase" x="{x + 12}" y="{y + 35}">{escape(_facts(step))}</text></g>'
    )


def _facts(step: StepView) -> str:
    """Return phase, iterations, time and tokens, as far as they are known."""
    iterations = f" x{step.iterations}" if step.iterations else ""
    time = took(step.start, step.end)
    duration = "" if time is None else f" · {format_duration(time)}"
    tokens = f" · {step.usage.total:,}" if step.usage else ""
    return f"{step.phase}{iterations}{duration}{tokens}"
