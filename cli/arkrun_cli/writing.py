"""The arguments of the commands that create or change a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arkrun_cli import options
from arkrun_cli.errors import BadInputError


@options.with_access
def trigger(
    team: options.Team,
    *,
    access: options.Access,
    text: Annotated[str | None, typer.Option("--input", help="Input as a JSON object of strings.")] = None,
    input_file: Annotated[
        Path | None, typer.Option(help="File with such a JSON object; - is stdin. --input overrides it.")
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One input; overrides both. Repeatable."),
    ] = None,
    wait: options.Wait = False,
    timeout: options.Timeout = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Send a server-side dry run, and print the run that would be stored."),
    ] = False,
    output: Annotated[
        options.CreatedFormat | None, typer.Option("--output", "-o", help="Output format.")
    ] = None,
) -> None:
    """Start a run of TEAM. Its input is the team's own, overridden by the input given here."""
    from arkrun_cli.cluster import with_cluster  # noqa: PLC0415 - each command imports what it needs
    from arkrun_cli.commands.trigger import trigger_run  # noqa: PLC0415
    from arkrun_cli.manifests.inputs import merge_inputs  # noqa: PLC0415

    run_input = merge_inputs(text, input_file, pairs or [])
    with_cluster(
        access, trigger_run, team, run_input, dry_run=dry_run, output=output, wait=wait, timeout=timeout
    )


@options.with_access
def retry(
    team: options.OptionalTeam = None,
    *,
    access: options.Access,
    run: options.OptionalRun = None,
    last: options.Last = False,
    steps: Annotated[
        list[str] | None,
        typer.Option("--step", help="Retry only this failed step. Repeatable; default: all failed steps."),
    ] = None,
    wait: options.Wait = False,
    timeout: options.Timeout = None,
) -> None:
    """Retry the failed steps of TEAM's newest run (or of --run); succeeded steps keep their results."""
    from arkrun_cli.cluster import with_cluster  # noqa: PLC0415
    from arkrun_cli.commands.retry import retry_run  # noqa: PLC0415

    if (run is not None and (team is not None or last)) or not (run or team or last):
        raise BadInputError("expected TEAM, to retry its newest run, --last, or --run NAME")
    with_cluster(access, retry_run, run, team=team or "", steps=steps or (), wait=wait, timeout=timeout)
