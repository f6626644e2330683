"""`ark runs`: the API server's own table of runs, newest first."""

from __future__ import annotations

from typing import Any

from arkrun_cli.cluster import RUNS, Cluster
from arkrun_cli.errors import BadInputError
from arkrun_cli.render.table import print_table
from arkrun_cli.render.terminal import print_message, print_result, sanitize
from arkrun_crd.names import TEAM_LABEL
from arkrun_kube import TABLE, Object

Json = dict[str, Any]


async def print_runs(
    cluster: Cluster, *, team: str | None, phase: str | None, all_namespaces: bool, names_only: bool
) -> None:
    """List runs and print them as a table, or their names alone. Raises BadInputError and KubeError."""
    path = RUNS.path("" if all_namespaces else cluster.namespace)
    columns, rows = await _list_runs(cluster, path, team, phase)
    if names_only:
        for row in rows:
            print_result(row["object"]["metadata"]["name"])
    elif rows:
        print_table(columns, rows, with_namespace=all_namespaces)
    else:
        print_message(
            "No runs found." if all_namespaces else f"No runs found in {cluster.namespace} namespace."
        )


async def _list_runs(
    cluster: Cluster, path: str, team: str | None, phase: str | None
) -> tuple[list[str], list[Json]]:
    """Return the columns that kubectl shows without -o wide, and the rows, newest first."""
    columns: list[Json] = []
    rows: list[Json] = []
    query = {"labelSelector": f"{TEAM_LABEL}={team}"} if team else {}
    async for page in cluster.client.pages(path, model=Object, accept=TABLE, query=query):
        columns = columns or page["columnDefinitions"]
        rows += page.get("rows") or []
    shown = [index for index, column in enumerate(columns) if not column["priority"]]
    names = [columns[index]["name"] for index in shown]
    rows = [{**row, "cells": [_cell(row["cells"][index]) for index in shown]} for row in rows]
    if phase is not None:
        phase_column = _phase_column(names)
        rows = [row for row in rows if (row["cells"][phase_column] or "Pending") == phase]
    rows.sort(key=lambda row: (row["object"]["metadata"]["creationTimestamp"], row["cells"][0]), reverse=True)
    return names, rows


def _phase_column(names: list[str]) -> int:
    if "Phase" not in names:
        raise BadInputError(
            f"--phase needs the printer column Phase, and the ArkRun CRD has only {', '.join(names)}"
        )
    return names.index("Phase")


def _cell(value: object) -> str:
    return "" if value is None else sanitize(str(value))
