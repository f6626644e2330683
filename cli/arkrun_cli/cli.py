"""`ark`, also as `kubectl ark`: the commands, and the exit codes of their errors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from arkrun_cli import options, reading, writing
from arkrun_cli.errors import ArkError, file_error
from arkrun_cli.render.terminal import discard_result, prepare_streams, print_message

if TYPE_CHECKING:
    from arkrun_kube import KubeError

# Plain help is readable in a pipe, and does not import rich.
app = typer.Typer(
    help="Trigger, retry, inspect and check ArkRuns.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; usage messages show the name under which it was called."""
    is_plugin = Path(sys.argv[0]).name == "kubectl-ark"
    try:
        prepare_streams()
        app(prog_name="kubectl ark" if is_plugin else "ark")
    except ArkError as error:
        print_message(f"error: {error}")
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        # The help, which typer writes.
        discard_result()
        print_message(f"error: cannot write the output: {file_error(error)}")
        raise SystemExit(1) from None
    except Exception as error:
        from arkrun_kube import KubeError  # noqa: PLC0415 - `ark --help` needs no client

        if not isinstance(error, KubeError):
            raise
        print_message(_format_error(error))
        raise SystemExit(1) from None


def _format_error(error: KubeError) -> str:
    """Return the message in kubectl's form, which people know and scripts match."""
    from arkrun_kube import ApiError  # noqa: PLC0415

    if isinstance(error, ApiError):
        return f"{f'Error from server ({error.reason})' if error.reason else 'error'}: {error.message}"
    return f"error: {error}"


@app.callback()
def before_the_verb(
    call: typer.Context,
    *,
    namespace: options.Namespace = None,
    context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
    as_user: options.AsUser = None,
    as_groups: options.AsGroups = None,
) -> None:
    """Accept the options of access before the verb too, as kubectl does; those after it override them."""
    given = {
        "namespace": namespace,
        "context": context,
        "kubeconfig": kubeconfig,
        "as_user": as_user,
        "as_groups": as_groups,
    }
    call.default_map = {call.invoked_subcommand or "": {key: value for key, value in given.items() if value}}


for command in (
    writing.trigger,
    writing.retry,
    reading.runs,
    reading.show,
    reading.logs,
    reading.diff,
    reading.trace,
    reading.verify,
    reading.lint,
):
    app.command()(command)
