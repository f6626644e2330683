"""The arguments of the commands that read runs, and of `ark lint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arkrun_cli import options
from arkrun_cli.errors import BadInputError


@options.with_access
def runs(
    team: options.OptionalTeam = None,
    *,
    access: options.Access,
    phase: Annotated[options.Phase | None, typer.Option(help="Only runs in this phase.")] = None,
    selector: Annotated[
        str | None, typer.Option("--selector", "-l", help="Label selector, as of kubectl get.")
    ] = None,
    field_selector: Annotated[
        str | None, typer.Option(help="Field selector, such as spec.teamRef=blog,status.phase!=Failed.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Show only this many of the newest runs.")] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="List runs of all namespaces.")
    ] = False,
    names_only: Annotated[bool, typer.Option("--names", help="Print only names, one per line.")] = False,
) -> None:
    """List runs, newest first, with kubectl's columns."""
    from arkrun_cli.cluster import with_cluster  # noqa: PLC0415 - each command imports what it needs
    from arkrun_cli.commands.runs import Query, print_runs  # noqa: PLC0415

    query = Query(team=team, phase=phase, labels=selector, fields=field_selector, limit=limit)
    with_cluster(access, print_runs, query, all_namespaces=all_namespaces, names_only=names_only)


@options.with_access
def show(
    run: options.RunOrTeam = None,
    *,
    access: options.Access,
    last: options.Last = False,
    output: Annotated[options.Format | None, typer.Option("--output", "-o", help="Output format.")] = None,
    web: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one self-contained HTML page instead; - is stdout."),
    ] = None,
) -> None:
    """Show a run: its steps with timeline and tokens, its failures, its output."""
    from arkrun_cli.cluster import with_cluster  # noqa: PLC0415
    from arkrun_cli.commands.newest import check_run_argument  # noqa: PLC0415
    from arkrun_cli.commands.show import show_run  # noqa: PLC0415

    check_run_argument(run, last=last)
    if web is not None and output is not None:
        raise BadInputError("--web and --output are given: expected one of them")
    with_cluster(access, show_run, run, last=last, output=output, web=web)


@options.with_access
def logs(
    run: options.RunOrTeam = None,
    *,
    access: options.Access,
    last: options.Last = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for the rest, live.")] = False,
    steps: Annotated[
        list[str] | None, typer.Option("--step", help="Print only this step. Repeatable.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Print only failed steps.")] = False,
) -> None:
    """Print outputs and messages of a run's steps, in order; exits with 1 if the run failed."""
    from arkrun_cli.cluster import with_cluster  # noqa: PLC0415
    from arkrun_cli.commands.logs import print_logs  # noqa: PLC0415
    from arkrun_cli.commands.newest import check_run_argument  # noqa: PLC0415

    check_run_argument(run, last=last)
    with_cluster(access, print_logs, run, last=last, live=follow, steps=steps or (), failed_only=failed)


@options.with_access
def diff(
    a: Annotated[
        str | None, typer.Argument(metavar="A", help="A run; with --last, the team.", show_default=False)
    ] = None,
    b: Annotated[
        str | None,
        typer.Argument(metavar="B", help="Another run; default: the newest of its team.", show_default=False),
    ] = None,
    *,
    access: options.Access,
    last: Annotated[
        bool, typer.Option("--last", help="Compare the newest run with the last good one before it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")] = False,
) -> None:
    """Show what changed from run A to run B: snapshot, input, phases, outputs, tokens."""
    from arkrun_cli.cluster import with_cluster  # noqa: PLC0415
    from arkrun_cli.commands.diff import print_diff  # noqa: PLC0415

    if (a is None and not last) or (last and b is not None):
        raise BadInputError("expected two runs, A and B; or A alone; or --last [TEAM]")
    with_cluster(access, print_diff, a, b, last=last, as_json=as_json)


@options.with_access
def trace(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|TASK",
            help="A run, or the taskID of a step, such as 1710000001-0; with --last, the team.",
            show_default=False,
        ),
    ] = None,
    *,
    access: options.Access,
    last: options.Last = False,
    steps: Annotated[
        list[str] | None, typer.Option("--step", help="Look up only this step of the run. Repeatable.")
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            envvar="ARK_TRACE_ENDPOINT", help="URL of Jaeger or Tempo, such as http://localhost:16686."
        ),
    ] = None,
    headers: Annotated[
        list[str] | None,
        typer.Option("--header", metavar="NAME:VALUE", help="Header of each request. Repeatable."),
    ] = None,
    output: Annotated[
        options.TraceFormat | None, typer.Option("--output", "-o", help="Output format.")
    ] = None,
) -> None:
    """Show what the agents did for a task: its spans with durations, tokens and errors."""
    from arkrun_cli.commands.newest import check_run_argument  # noqa: PLC0415
    from arkrun_cli.commands.trace import print_traces  # noqa: PLC0415
    from arkrun_cli.traces.backend import Backend  # noqa: PLC0415

    check_run_argument(run, last=last)
    if not endpoint:
        raise BadInputError(
            "no trace backend: give --endpoint, or set ARK_TRACE_ENDPOINT, to the URL of Jaeger or Tempo, "
            "such as http://localhost:16686"
        )
    backend = Backend(endpoint, headers or ())
    print_traces(run, access, last=last, steps=steps or (), backend=backend, as_json=output is not None)


@options.with_access
def verify(
    run: options.VerifiedRun = None,
    *,
    access: options.Access,
    every: Annotated[bool, typer.Option("--all", help="Verify all runs of the namespace.")] = False,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="Verify all runs of all namespaces.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option("--filename", "-f", help="Exported runs (JSON or YAML), offline; - is stdin."),
    ] = None,
    keys: Annotated[
        list[Path] | None,
        typer.Option(help="Public keys (PEM) or an exported ConfigMap of them. Repeatable."),
    ] = None,
    keys_from: Annotated[
        str,
        typer.Option(metavar="NAMESPACE/NAME", envvar="ARK_SEAL_KEYS", help="ConfigMap of the public keys."),
    ] = "arkrun-system/arkrun-seal-keys",
    output: Annotated[
        options.ReportFormat | None, typer.Option("--output", "-o", help="One line of JSON for each run.")
    ] = None,
) -> None:
    """Compare runs with their seals; exits with 0 if verified, 1 if altered, 2 if nobody can tell."""
    if sum((run is not None, every, all_namespaces, file is not None)) != 1:
        raise BadInputError("expected one of RUN, --all, --all-namespaces and --filename FILE")
    as_json = output is not None
    if file is not None:
        if not keys:
            raise BadInputError("--filename needs --keys FILE: the public keys that the seals were made with")
        from arkrun_cli.commands.verify.exported import verify_file  # noqa: PLC0415 - offline needs no client

        raise typer.Exit(verify_file(file, keys, as_json=as_json))
    from arkrun_cli.commands.verify.cluster import verify_in_cluster  # noqa: PLC0415

    raise typer.Exit(
        verify_in_cluster(
            access, run, all_namespaces=all_namespaces, keys=keys or [], keys_from=keys_from, as_json=as_json
        )
    )


def lint(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Manifests (YAML or JSON); - is stdin.")
    ],
    *,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 instead of lines.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")] = False,
) -> None:
    """Check manifests of teams and runs without a cluster; exits with 1 if there are errors."""
    from arkrun_cli.commands.lint import print_findings  # noqa: PLC0415

    if not print_findings(files, sarif=sarif, strict=strict):
        raise typer.Exit(1)
