"""Options that every command has, and the names that the shell completes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


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
    from arkrun_cli.cluster import RUNS, TEAMS, Cluster, ask  # noqa: PLC0415 - `ark --help` needs no client
    from arkrun_kube import METADATA_LIST, KubeError, Object  # noqa: PLC0415

    async def listed(cluster: Cluster) -> list[str]:
        path = (TEAMS if teams else RUNS).path(cluster.namespace)
        pages = cluster.client.pages(path, model=Object, accept=METADATA_LIST)
        return [item["metadata"]["name"] async for page in pages for item in page["items"] or []]

    given = {key: context.params.get(key) for key in ("kubeconfig", "context", "namespace")}
    try:
        names = ask(listed, **given)
    except KubeError:
        return []
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
