"""Tables as kubectl prints them."""

from __future__ import annotations

from typing import Any

from arkrun_cli.render.terminal import PHASE_STYLES, has_colours, write_result

Json = dict[str, Any]


def print_table(columns: list[str], rows: list[Json], *, with_namespace: bool) -> None:
    """Print upper-case titles and columns three spaces apart, without truncation."""
    table = [[column.upper() for column in columns], *(row["cells"] for row in rows)]
    if with_namespace:
        namespaces = ["NAMESPACE", *(row["object"]["metadata"]["namespace"] for row in rows)]
        table = [[namespace, *cells] for namespace, cells in zip(namespaces, table, strict=True)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    coloured = has_colours()
    lines = (
        "   ".join(
            _style(cell, width) if coloured else cell.ljust(width)
            for cell, width in zip(cells, widths, strict=True)
        )
        for cells in table
    )
    # rich's console needs seconds to lay out ten thousand lines.
    write_result("".join(f"{line.rstrip()}\n" for line in lines))


def _style(cell: str, width: int) -> str:
    from rich.color import ColorSystem  # noqa: PLC0415 - only coloured tables need it
    from rich.style import Style  # noqa: PLC0415

    style = PHASE_STYLES.get(cell)
    if style is None:
        return cell.ljust(width)
    styled = Style.parse(style).render(cell, color_system=ColorSystem.STANDARD)
    return styled + " " * (width - len(cell))
