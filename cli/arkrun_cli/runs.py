"""`ark runs`: the API server's own table of runs, newest first."""

from __future__ import annotations

import sys
from typing import Any

from arkrun_cli.cluster import RUNS, Cluster
from arkrun_cli.errors import BadInputError
from arkrun_cli.terminal import PHASE_STYLES, clean, console
from arkrun_crd.names import TEAM_LABEL
from arkrun_kube import TABLE, Object

Json = dict[str, Any]


async def listed(
    cluster: Cluster, *, team: str | None, phase: str | None, everywhere: bool
) -> tuple[list[str], list[Json]]:
    """Return the columns that kubectl shows too, and the rows, newest first; the API server makes both."""
    columns: list[Json] = []
    rows: list[Json] = []
    path = RUNS.path("" if everywhere else cluster.namespace)
    query = {"labelSelector": f"{TEAM_LABEL}={team}"} if team else {}
    async for page in cluster.client.pages(path, model=Object, accept=TABLE, query=query):
        columns = columns or page["columnDefinitions"]
        rows += page.get("rows") or []
    shown = [index for index, column in enumerate(columns) if not column["priority"]]
    names = [columns[index]["name"] for index in shown]
    where = _phase_column(names) if phase else 0
    found = [{**row, "cells": [_cell(row["cells"][index]) for index in shown]} for row in rows]
    kept = [row for row in found if phase is None or (row["cells"][where] or "Pending") == phase]
    kept.sort(key=lambda row: (row["object"]["metadata"]["creationTimestamp"], row["cells"][0]), reverse=True)
    return names, kept


def print_table(columns: list[str], rows: list[Json], *, everywhere: bool) -> None:
    """Print as kubectl does: upper-case titles, columns three spaces apart, nothing cut."""
    table = [[column.upper() for column in columns], *(row["cells"] for row in rows)]
    if everywhere:
        spaces = ["NAMESPACE", *(row["object"]["metadata"]["namespace"] for row in rows)]
        table = [[space, *cells] for space, cells in zip(spaces, table, strict=True)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    coloured = console().color_system is not None and not console().no_color
    lines = (
        "   ".join(
            _styled(cell, width) if coloured else cell.ljust(width)
            for cell, width in zip(cells, widths, strict=True)
        )
        for cells in table
    )
    # Not through rich's console: laying out ten thousand lines takes it seconds.
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


def _styled(cell: str, width: int) -> str:
    from rich.color import ColorSystem  # noqa: PLC0415 - `ark --help` needs no tables
    from rich.style import Style  # noqa: PLC0415

    style = PHASE_STYLES.get(cell)
    if style is None:
        return cell.ljust(width)
    painted = Style.parse(style).render(cell, color_system=ColorSystem.STANDARD)
    return painted + " " * (width - len(cell))


def _phase_column(names: list[str]) -> int:
    if "Phase" not in names:
        raise BadInputError(f"--phase needs the column Phase, and ArkRun has only {', '.join(names)} here")
    return names.index("Phase")


def _cell(value: object) -> str:
    return "" if value is None else clean(str(value))
