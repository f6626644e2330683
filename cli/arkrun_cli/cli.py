"""`ark`, also as `kubectl ark`: the commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arkrun_cli import options
from arkrun_cli.errors import ArkError, BadInputError
from arkrun_cli.terminal import console, result, say

if TYPE_CHECKING:
    from arkrun_cli.cluster import Cluster
    from arkrun_kube import KubeError

Json = dict[str, Any]

# Plain help: it reads in a pipe, and rich is not loaded for it.
app = typer.Typer(
    help="Trigger, retry, look at and check ArkRuns.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command; as a kubectl plugin it is spelt as it was typed."""
    plugin = Path(sys.argv[0]).name == "kubectl-ark"
    try:
        app(prog_name="kubectl ark" if plugin else "ark")
    except ArkError as error:
        say(f"error: {error}")
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        from arkrun_kube import KubeError  # noqa: PLC0415 - `ark --help` needs no client

        if not isinstance(error, KubeError):
            raise
        say(_explained(error))
        raise SystemExit(1) from None


def _explained(error: KubeError) -> str:
    """Return the message in kubectl's form, which people know and scripts match."""
    from arkrun_kube import ApiError  # noqa: PLC0415

    if isinstance(error, ApiError):
        return f"{f'Error from server ({error.reason})' if error.reason else 'error'}: {error.message}"
    return f"error: {error}"


@app.command()
def trigger(
    team: options.Team,
    *,
    text: Annotated[str | None, typer.Option("--input", help="Input as a JSON object of strings.")] = None,
    input_file: Annotated[
        Path | None, typer.Option(help="File with such a JSON object; - is stdin. --input wins over it.")
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One input; wins over both. Repeatable."),
    ] = None,
    wait: options.Wait = False,
    timeout: options.Timeout = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Let the API server do all but store the run, and print the run."),
    ] = False,
    output: Annotated[
        options.CreatedFormat | None, typer.Option("--output", "-o", help="Print the run so.")
    ] = None,
    namespace: options.Namespace = None,
    context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Start a run of TEAM. Its input is the team's own, overridden by what is given here."""
    from arkrun_cli import inputs  # noqa: PLC0415 - each command loads what it needs
    from arkrun_cli.cluster import ask  # noqa: PLC0415
    from arkrun_cli.trigger import trigger as create  # noqa: PLC0415

    given = inputs.merged(text, input_file, pairs or [])

    async def work(cluster: Cluster) -> None:
        run = await create(cluster, team, given, dry_run=dry_run)
        created = f"arkrun.arkonis.dev/{run['metadata']['name']} created"
        if dry_run:
            result(_printed(run, output or options.CreatedFormat.YAML))
        elif wait:
            say(created)
            await _wait(cluster, run, timeout)
        else:
            result(_printed(run, output) if output else created)

    ask(work, kubeconfig=kubeconfig, context=context, namespace=namespace)


@app.command()
def retry(
    team: options.MaybeTeam = None,
    *,
    run: options.MaybeRun = None,
    steps: Annotated[
        list[str] | None,
        typer.Option("--step", help="Only this failed step. Repeatable; default: all of them."),
    ] = None,
    wait: options.Wait = False,
    timeout: options.Timeout = None,
    namespace: options.Namespace = None,
    context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Send the failed steps of TEAM's newest run (or of --run) back to Pending; what succeeded is kept."""
    from arkrun_cli import retry as retrying  # noqa: PLC0415
    from arkrun_cli.cluster import ask  # noqa: PLC0415

    if (team is None) == (run is None):
        raise BadInputError("needed TEAM, whose newest run is retried, or --run NAME; and not both")

    async def work(cluster: Cluster) -> None:
        name = run or await retrying.latest_of(cluster, team or "")
        reopened = await retrying.retry(cluster, name, steps or [])
        if wait:
            say(f"arkrun.arkonis.dev/{name} retried")
            await _wait(cluster, reopened, timeout)
        else:
            result(f"arkrun.arkonis.dev/{name} retried")

    ask(work, kubeconfig=kubeconfig, context=context, namespace=namespace)


@app.command()
def runs(
    team: options.MaybeTeam = None,
    *,
    phase: Annotated[options.Phase | None, typer.Option(help="Only runs in this phase.")] = None,
    everywhere: Annotated[bool, typer.Option("--all-namespaces", "-A", help="In all namespaces.")] = False,
    names_only: Annotated[bool, typer.Option("--names", help="Print names alone, one a line.")] = False,
    namespace: options.Namespace = None,
    context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """List runs, newest first, with kubectl's columns."""
    from arkrun_cli.cluster import ask  # noqa: PLC0415
    from arkrun_cli.runs import listed, print_table  # noqa: PLC0415

    async def work(cluster: Cluster) -> tuple[str, list[str], list[Json]]:
        return cluster.namespace, *await listed(cluster, team=team, phase=phase, everywhere=everywhere)

    meant, columns, rows = ask(work, kubeconfig=kubeconfig, context=context, namespace=namespace)
    if names_only:
        for row in rows:
            result(row["object"]["metadata"]["name"])
    elif rows:
        print_table(columns, rows, everywhere=everywhere)
    else:
        say("No runs found." if everywhere else f"No runs found in {meant} namespace.")


@app.command()
def show(
    run: options.Run,
    *,
    output: Annotated[
        options.Format | None, typer.Option("--output", "-o", help="Print the object so.")
    ] = None,
    web: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one self-contained HTML page instead; - is stdout."),
    ] = None,
    namespace: options.Namespace = None,
    context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
) -> None:
    """Show a record: its steps with their time line and tokens, what failed, what came out."""
    from arkrun_cli.cluster import ask  # noqa: PLC0415

    async def work(cluster: Cluster) -> Json:
        return await cluster.client.get(cluster.run(run))

    found = ask(work, kubeconfig=kubeconfig, context=context, namespace=namespace)
    now = datetime.now(UTC)
    if output:
        result(_printed(found, options.CreatedFormat(output)))
        return
    from arkrun_cli.record import Record  # noqa: PLC0415

    if web:
        from arkrun_cli.page import written  # noqa: PLC0415

        written(Record.read(found), now, web)
        return
    from arkrun_cli.show import rendered  # noqa: PLC0415

    console().print(rendered(Record.read(found), now))


@app.command()
def lint(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Manifests (YAML or JSON); - is stdin.")
    ],
    *,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0 instead of lines.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> None:
    """Check manifests of teams and runs without a cluster; ends with 1 when there are errors."""
    from arkrun_cli.lint import lint as judge  # noqa: PLC0415
    from arkrun_cli.manifests import read  # noqa: PLC0415

    findings = [finding for file in files for finding in judge(file, read(file))]
    if sarif:
        from arkrun_cli.sarif import log  # noqa: PLC0415

        result(json.dumps(log(findings), indent=2))
    else:
        for finding in findings:
            result(str(finding))
    if any(finding.error or strict for finding in findings):
        raise typer.Exit(1)


async def _wait(cluster: Cluster, run: Json, timeout: float | None) -> None:
    from arkrun_cli.waiting import wait  # noqa: PLC0415

    await wait(cluster, run, timeout=timeout)


def _printed(run: Json, output: options.CreatedFormat) -> str:
    if output == options.CreatedFormat.NAME:
        return f"arkrun.arkonis.dev/{run['metadata']['name']}"
    if output == options.CreatedFormat.JSON:
        return json.dumps(run, indent=2, ensure_ascii=False)
    import yaml  # noqa: PLC0415

    return str(yaml.safe_dump(run, sort_keys=False, allow_unicode=True)).rstrip("\n")
