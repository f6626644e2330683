"""The arguments and options that commands share, with shell completion of names."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from arkrun_cli.render.formats import CreatedFormat, Format, ReportFormat

__all__ = [
    "Context",
    "CreatedFormat",
    "Format",
    "Kubeconfig",
    "Namespace",
    "OptionalRun",
    "OptionalTeam",
    "Phase",
    "ReportFormat",
    "Run",
    "Team",
    "Timeout",
    "VerifiedRun",
    "Wait",
]


class Phase(StrEnum):
    """The phases of a run."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


def _complete_team(context: typer.Context, incomplete: str) -> list[str]:
    return _complete(context, incomplete, teams=True)


def _complete_run(context: typer.Context, incomplete: str) -> list[str]:
    return _complete(context, incomplete, teams=False)


def _complete(context: typer.Context, incomplete: str, *, teams: bool) -> list[str]:
    """List matching names; return none after an error, because a completion cannot report it."""
    from arkrun_cli.cluster import RUNS, TEAMS, Cluster, with_cluster  # noqa: PLC0415 - `ark --help` is fast
    from arkrun_kube import METADATA_LIST, KubeError, Object  # noqa: PLC0415

    async def list_names(cluster: Cluster) -> list[str]:
        path = (TEAMS if teams else RUNS).path(cluster.namespace)
        pages = cluster.client.pages(path, model=Object, accept=METADATA_LIST)
        return [item["metadata"]["name"] async for page in pages for item in page["items"] or []]

    options = {key: context.params.get(key) for key in ("kubeconfig", "context", "namespace")}
    try:
        names = with_cluster(list_names, **options)
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
    typer.Argument(
        metavar="TEAM", help="Name of the ArkTeam.", autocompletion=_complete_team, show_default=False
    ),
]
OptionalTeam = Annotated[
    str | None,
    typer.Argument(
        metavar="TEAM", help="Name of the ArkTeam.", autocompletion=_complete_team, show_default=False
    ),
]
Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="Name of the ArkRun.", autocompletion=_complete_run, show_default=False
    ),
]
VerifiedRun = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN", help="Name of the ArkRun.", autocompletion=_complete_run, show_default=False
    ),
]
OptionalRun = Annotated[
    str | None, typer.Option("--run", help="Name of the ArkRun.", autocompletion=_complete_run)
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the run finishes, and print its output.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        min=0, help="With --wait: stop waiting after this many seconds (exit code 124); the run continues."
    ),
]
