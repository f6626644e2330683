"""The arguments and options that commands share, with shell completion of names."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from arkrun_cli.access import Access
from arkrun_cli.render.formats import CreatedFormat, Format, ReportFormat

__all__ = [
    "Access",
    "AsGroups",
    "AsUser",
    "Context",
    "CreatedFormat",
    "Format",
    "Kubeconfig",
    "Last",
    "Namespace",
    "OptionalRun",
    "OptionalTeam",
    "Phase",
    "ReportFormat",
    "Run",
    "RunOrTeam",
    "Team",
    "Timeout",
    "TraceFormat",
    "VerifiedRun",
    "Wait",
    "with_access",
]


class TraceFormat(StrEnum):
    """The values of -o for a trace."""

    JSON = "json"


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


def _complete_run_or_team(context: typer.Context, incomplete: str) -> list[str]:
    return _complete(context, incomplete, teams=bool(context.params.get("last")))


def _complete(context: typer.Context, incomplete: str, *, teams: bool) -> list[str]:
    """List matching names; return none after an error, because a completion cannot report it."""
    from arkrun_cli.cluster import RUNS, TEAMS, Cluster, with_cluster  # noqa: PLC0415 - `ark --help` is fast
    from arkrun_kube import METADATA_LIST, KubeError, Object  # noqa: PLC0415

    async def list_names(cluster: Cluster) -> list[str]:
        path = (TEAMS if teams else RUNS).path(cluster.namespace)
        listed = await cluster.client.list_all(path, model=Object, accept=METADATA_LIST)
        return [item["metadata"]["name"] for item in listed["items"] or []]

    before_the_verb = context.parent.params if context.parent else {}
    access: Any = {key: context.params.get(key) or before_the_verb.get(key) for key in _ACCESS}
    try:
        names = with_cluster(access, list_names)
    except KubeError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _check_timeout(seconds: float | None) -> float | None:
    if seconds is not None and math.isnan(seconds):
        raise typer.BadParameter("nan is not a number of seconds.")
    return seconds


Kubeconfig = Annotated[
    str | None, typer.Option(help="Kubeconfig file (default: $KUBECONFIG, ~/.kube/config).")
]
Context = Annotated[str | None, typer.Option(help="Context of the kubeconfig (default: its current one).")]
Namespace = Annotated[
    str | None, typer.Option("--namespace", "-n", help="Namespace (default: the context's, else default).")
]
AsUser = Annotated[
    str | None, typer.Option("--as", metavar="USER", help="User to impersonate (default: the kubeconfig's).")
]
AsGroups = Annotated[
    list[str] | None,
    typer.Option("--as-group", metavar="GROUP", help="Group to impersonate with --as. Repeatable."),
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
RunOrTeam = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="Name of the ArkRun; with --last, of the ArkTeam whose newest run is meant.",
        autocompletion=_complete_run_or_team,
        show_default=False,
    ),
]
Last = Annotated[
    bool, typer.Option("--last", help="Take the newest run: of the team that is named, else of all.")
]
OptionalRun = Annotated[
    str | None, typer.Option("--run", help="Name of the ArkRun.", autocompletion=_complete_run)
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the run finishes, and print its output.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        min=0,
        callback=_check_timeout,
        help="With --wait: stop waiting after this many seconds (exit code 124); the run continues.",
    ),
]


_ACCESS: dict[str, Any] = {
    "namespace": Namespace,
    "context": Context,
    "kubeconfig": Kubeconfig,
    "as_user": AsUser,
    "as_groups": AsGroups,
}


def with_access(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command that make up its parameter `access`."""

    @functools.wraps(command)
    def with_options(**arguments: Any) -> None:
        access = {key: arguments.pop(key) for key in _ACCESS}
        command(access=access, **arguments)

    signature = inspect.signature(command, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "access"]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _ACCESS.items()
    ]
    parameters = [*own, *options]
    # Typer reads both.
    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {each.name: each.annotation for each in parameters}
    return with_options
