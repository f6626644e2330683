"""The DAG of a run as an SVG picture: a column a depth, a box a step, a line a dependency."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from arkrun_cli.record import Step

BOX_WIDTH, BOX_HEIGHT = 168, 44
GAP_X, GAP_Y, EDGE = 56, 16, 8
# Characters that fit a box at its font size.
NAME_LENGTH = 20


def svg(steps: Sequence[Step]) -> str:
    """Draw the steps, which must be in order of the DAG (as `Record.steps` is)."""
    places = _places(steps)
    width = max((x for x, _ in places.values()), default=0) + BOX_WIDTH + EDGE
    height = max((y for _, y in places.values()), default=0) + BOX_HEIGHT + EDGE
    lines = [
        _line(places[need], places[step.name]) for step in steps for need in step.after if need in places
    ]
    boxes = [_box(step, *places[step.name]) for step in steps]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="steps and what they wait for">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def depths(steps: Sequence[Step]) -> dict[str, int]:
    """Give each step's distance from a start: one more than the deepest step it waits for."""
    found: dict[str, int] = {}
    for step in steps:
        found[step.name] = 1 + max((found.get(need, -1) for need in step.after), default=-1)
    return found


def _places(steps: Sequence[Step]) -> dict[str, tuple[int, int]]:
    columns: dict[int, int] = {}
    places = {}
    for name, depth in depths(steps).items():
        row = columns.get(depth, 0)
        columns[depth] = row + 1
        places[name] = (EDGE + depth * (BOX_WIDTH + GAP_X), EDGE + row * (BOX_HEIGHT + GAP_Y))
    return places


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    bend = GAP_X // 2
    return f'<path class="edge" d="M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"/>'


def _box(step: Step, x: int, y: int) -> str:
    name = step.name if len(step.name) <= NAME_LENGTH else step.name[: NAME_LENGTH - 1] + "…"
    rounds = f" x{step.iterations}" if step.iterations else ""
    return (
        f'<g class="box {escape(step.phase)}"><title>{escape(step.name)}</title>'
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
        f'<text x="{x + 12}" y="{y + 19}">{escape(name)}</text>'
        f'<text class="phase" x="{x + 12}" y="{y + 35}">{escape(step.phase)}{rounds}</text></g>'
    )
