"""A chart of p50 and processor time per create as plain SVG."""

from collections.abc import Iterator, Sequence
from typing import Any

from bench.measure import PROCESSES

TITLES = {"none": "no webhook", "null": "null pair", "ours": "arkrun", "peer": "controller-runtime"}
_NAMES = {"api_server": "API server", "etcd": "etcd", "webhook": "webhook"}
_WIDTH, _HEIGHT, _LEFT, _BAR, _SLOT, _GAP = 920, 410, 16, 40, 52, 18
_PLOT = 110
"""The height of the highest bar of a group."""
_BASES = {"p50": 180, "cpu": 370}
_STYLE = """<style>
text { font: 11px sans-serif; fill: #24292f } .title { font-size: 13px; font-weight: bold }
.middle, .name { text-anchor: middle } .name { font-size: 9px }
.none, .null, .peer { fill: #8c959f } .ours { fill: #1f6feb }
.api_server { fill: #3b6fb6 } .etcd { fill: #c9822b } .webhook { fill: #2f9e6e }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>"""

Row = dict[str, Any]


def svg(content: dict[str, Any]) -> str:
    """Draw a group of bars for each case, scaled to its highest bar: p50 above, processor time below."""
    cases: dict[tuple[int, int], list[Row]] = {}
    for row in content["creates"]:
        cases.setdefault((row["clients"], row["kilobytes"]), []).append(row)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        _STYLE,
        _text(_LEFT, 20, "p50 of a create, ms", "title"),
        _text(_LEFT, 222, "processor time per create, ms", "title"),
        *_legend(),
    ]
    for number, (case, rows) in enumerate(cases.items()):
        parts += _group(_LEFT + number * (4 * _SLOT + _GAP), case, rows)
    return "\n".join([*parts, "</svg>\n"])


def _group(left: int, case: tuple[int, int], rows: Sequence[Row]) -> Iterator[str]:
    clients, kilobytes = case
    yield _text(left, 40, f"{clients} client{'s' if clients > 1 else ''}, {kilobytes} KB")
    slowest = max(row["p50_ms"] for row in rows)
    dearest = max(sum(row["cpu_ms"].values()) for row in rows)
    for number, row in enumerate(rows):
        x = left + number * _SLOT
        yield from _bar(x, _BASES["p50"], {row["variant"]: row["p50_ms"]}, slowest)
        yield from _bar(x, _BASES["cpu"], row["cpu_ms"], dearest)
        for base in _BASES.values():
            yield from _name(x, base, TITLES[row["variant"]])


def _bar(x: int, base: int, parts: dict[str, float], highest: float) -> Iterator[str]:
    """Draw stacked parts with their sum above."""
    y = float(base)
    for name, value in parts.items():
        height = value / highest * _PLOT
        y -= height
        yield f'<rect class="{name}" x="{x}" y="{y:.1f}" width="{_BAR}" height="{height:.1f}"/>'
    yield _text(x + _BAR // 2, y - 4, f"{sum(parts.values()):.1f}", "middle")


def _name(x: int, base: int, title: str) -> Iterator[str]:
    """Write a title below its bar, one word per line."""
    for line, word in enumerate(title.replace("-", "- ").split()):
        yield _text(x + _BAR // 2, base + 12 + 11 * line, word, "name")


def _legend() -> Iterator[str]:
    for number, name in enumerate(PROCESSES):
        x = 260 + number * 90
        yield f'<rect class="{name}" x="{x}" y="212" width="10" height="10"/>'
        yield _text(x + 15, 221, _NAMES[name])


def _text(x: float, y: float, text: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:g}" y="{y:.0f}">{text}</text>'
