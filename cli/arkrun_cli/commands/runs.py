"""`ark runs`: the API server's own table of runs, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from arkrun_cli.cluster import RUNS, Cluster, team_selector
from arkrun_cli.errors import BadInputError
from arkrun_cli.render.table import print_table
from arkrun_cli.render.terminal import print_message, print_result, sanitize_line
from arkrun_cli.values import as_text
from arkrun_kube import TABLE, ApiError

Json = dict[str, Any]

BAD_REQUEST = 400
PHASES = ("Running", "Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Query:
    """Which runs to list: all that fit every part; `limit` is the number of newest ones, None for all."""

    team: str | None = None
    phase: str | None = None
    labels: str | None = None
    fields: str | None = None
    limit: int | None = None

    def selectors(self, *, by_phase: bool) -> dict[str, str]:
        """Return what the API server selects by. Raises BadInputError for a name that no team can have."""
        labels = [*([team_selector(self.team)] if self.team else []), *([self.labels] if self.labels else [])]
        phase = [_phase_selector(self.phase)] if self.phase and by_phase else []
        fields = [*phase, *([self.fields] if self.fields else [])]
        selectors = {"labelSelector": ",".join(labels), "fieldSelector": ",".join(fields)}
        return {key: value for key, value in selectors.items() if value}


class _Column(msgspec.Struct):
    name: str
    priority: int = 0


class _RowMetadata(msgspec.Struct):
    name: str
    namespace: str = ""
    created: str | None = msgspec.field(default=None, name="creationTimestamp")


class _RowObject(msgspec.Struct):
    metadata: _RowMetadata


class _Row(msgspec.Struct):
    cells: list[Any]
    object: _RowObject


class _Table(msgspec.Struct, rename="camel"):
    column_definitions: list[_Column]
    rows: list[_Row] | None = None


async def print_runs(cluster: Cluster, query: Query, *, all_namespaces: bool, names_only: bool) -> None:
    """List runs and print them as a table, or their names alone. Raises BadInputError and KubeError."""
    path = RUNS.path("" if all_namespaces else cluster.namespace)
    columns, rows = await _list_runs(cluster, path, query)
    if names_only:
        for row in rows:
            print_result(row.object.metadata.name)
    elif rows:
        print_table(columns, [_printable(row) for row in rows], with_namespace=all_namespaces)
    else:
        print_message(
            "No runs found." if all_namespaces else f"No runs found in {cluster.namespace} namespace."
        )


async def _list_runs(cluster: Cluster, path: str, query: Query) -> tuple[list[str], list[_Row]]:
    """Return the columns that kubectl shows without -o wide, and the rows, newest first."""
    table = await _read_table(cluster, path, query)
    columns = table.column_definitions
    visible = [index for index, column in enumerate(columns) if not column.priority]
    names = [columns[index].name for index in visible]
    rows = [
        _Row([row.cells[index] for index in visible if index < len(row.cells)], row.object)
        for row in table.rows or ()
    ]
    if query.phase is not None:
        phase_column = _phase_column(names)
        rows = [row for row in rows if (row.cells[phase_column] or "Pending") == query.phase]
    rows.sort(key=lambda row: (row.object.metadata.created or "", row.object.metadata.name), reverse=True)
    return names, rows[: query.limit]


async def _read_table(cluster: Cluster, path: str, query: Query) -> _Table:
    """Build the selectors for the API server; the phase only if the CRD declares it as a selectable field."""
    try:
        return await _list_table(cluster, path, query.selectors(by_phase=True))
    except ApiError as error:
        if error.status != BAD_REQUEST or query.phase is None or query.fields:
            raise
        return await _list_table(cluster, path, query.selectors(by_phase=False))


async def _list_table(cluster: Cluster, path: str, selectors: dict[str, str]) -> _Table:
    return await cluster.client.list_all(path, model=_Table, accept=TABLE, query=selectors)


def _phase_selector(phase: str) -> str:
    """Return the field selector of a phase; a run that no operator has seen is Pending without saying so."""
    if phase in PHASES:
        return f"status.phase={phase}"
    return ",".join(f"status.phase!={other}" for other in PHASES)


def _phase_column(names: list[str]) -> int:
    if "Phase" not in names:
        raise BadInputError(
            f"--phase needs the printer column Phase, and the ArkRun CRD has only {', '.join(names)}"
        )
    return names.index("Phase")


def _printable(row: _Row) -> Json:
    return {
        "object": {"metadata": {"namespace": sanitize_line(row.object.metadata.namespace)}},
        "cells": [sanitize_line(as_text(cell)) for cell in row.cells],
    }
