"""Options that every command has, and the names that the shell completes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from arkrun_cli.cluster import Cluster
from arkrun_cli.errors import ArkError


class Format(StrEnum):
    """What -o may say where an object is printed."""

    JSON = "json"
    YAML = "yaml"


class CreatedFormat(StrEnum):
    """What -o may say where an object was made."""

    NAME = "name"
    JSON = "json"
    YAML = "yaml"


class Phase(StrEnum):
    """The phases of a run."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


def _teams(context: typer.Context, incomplete: str) -> list[str]:
    return _names(context, incomplete, teams=True)


def _runs(context: typer.Context, incomplete: str) -> list[str]:
    return _names(context, incomplete, teams=False)


def _names(context: typer.Context, incomplete: str, *, teams: bool) -> list[str]:
    """Ask the cluster; whatever goes wrong, a completion is silent."""
    given = context.params
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    try:
        cluster = Cluster.connect(
            kubeconfig=given.get("kubeconfig"), context=given.get("context"), namespace=given.get("namespace")
        )
        path = cluster.teams(cluster.namespace) if teams else cluster.runs(cluster.namespace)
        items = cluster.get(path, accept=accept)["items"] or []
    except ArkError:
        return []
    names = [item["metadata"]["name"] for item in items]
    return [name for name in names if name.startswith(incomplete)]


Kubeconfig = Annotated[
    str | None, typer.Option(help="Kubeconfig file (default: $KUBECONFIG, ~/.kube/config).")
]
Context = Annotated[str | None, typer.Option(help="Context of the kubeconfig (default: its current one).")]
Namespace = Annotated[
    str | None, typer.Option("--namespace", "-n", help="Namespace (default: the context's, else default).")
]
Team = Annotated[
    str,
    typer.Argument(metavar="TEAM", help="Name of the ArkTeam.", autocompletion=_teams, show_default=False),
]
MaybeTeam = Annotated[
    str | None,
    typer.Argument(metavar="TEAM", help="Name of the ArkTeam.", autocompletion=_teams, show_default=False),
]
Run = Annotated[
    str, typer.Argument(metavar="RUN", help="Name of the ArkRun.", autocompletion=_runs, show_default=False)
]
MaybeRun = Annotated[str | None, typer.Option("--run", help="Name of the ArkRun.", autocompletion=_runs)]
Wait = Annotated[bool, typer.Option("--wait", help="Follow the run to its end and print its output.")]
Timeout = Annotated[
    float | None,
    typer.Option(min=0, help="With --wait: give up after so many seconds (exit code 124); the run goes on."),
]
