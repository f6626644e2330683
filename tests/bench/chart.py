"""A bar chart as plain SVG: requests per second by size, one colour a server."""

from collections.abc import Sequence
from html import escape

from bench.summary import Row

_COLOURS = {"null": "#c9c9c9", "ours": "#1f6feb", "rust": "#b7410e", "go": "#00a29c"}
_TITLES = {
    "null": "uvicorn, empty application",
    "ours": "arkrun",
    "rust": "kube-rs on axum",
    "go": "controller-runtime",
}
_FONT = 'font-family="sans-serif" font-size="11" fill="#24292f"'
_WIDTH, _HEIGHT, _LEFT, _TOP, _BAR, _GAP = 760, 300, 16, 64, 36, 32


def svg(rows: Sequence[Row], servers: Sequence[str], *, title: str) -> str:
    """Draw one group of bars a size; each group is scaled to its own highest bar and labelled."""
    shapes: list[str] = []
    left = _LEFT
    for row in rows:
        shapes += _group(row, servers, left)
        left += len(servers) * _BAR + _GAP
    legend = [part for index, name in enumerate(servers) for part in _entry(name, index)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_FONT}>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{escape(title)}</text>',
        *legend,
        *shapes,
        "</svg>\n",
    ]
    return "\n".join(lines)


def _group(row: Row, servers: Sequence[str], left: int) -> list[str]:
    highest, base = max(row.requests_per_second.values()), _HEIGHT - 32
    shapes = [f'<text x="{left}" y="{base + 20}">{row.kilobytes} KB review</text>']
    for index, name in enumerate(servers):
        value = row.requests_per_second[name]
        height = value / highest * (base - _TOP - 24)
        x, y = left + index * _BAR, base - height
        shapes.append(
            f'<rect x="{x}" y="{y:.1f}" width="{_BAR - 4}" height="{height:.1f}" fill="{_COLOURS[name]}"/>'
        )
        middle = x + (_BAR - 4) / 2
        shapes.append(f'<text x="{middle:.0f}" y="{y - 4:.1f}" text-anchor="middle">{value:.0f}</text>')
    return shapes


def _entry(name: str, index: int) -> list[str]:
    x = _LEFT + index * 180
    return [
        f'<rect x="{x}" y="32" width="10" height="10" fill="{_COLOURS[name]}"/>',
        f'<text x="{x + 16}" y="41">{escape(_TITLES[name])}</text>',
    ]
