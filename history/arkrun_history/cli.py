"""`arkrun-history run`: the process that the chart's second Deployment runs."""

from __future__ import annotations

import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from arkrun_history.errors import HistoryError
from arkrun_history.settings import Settings
from arkrun_kube import KubeError

_USAGE = "usage: arkrun-history run [--help] [settings]"


def main() -> None:
    """Run the command line; exits 1 when the work cannot begin, or a pass could not be finished."""
    command, *arguments = sys.argv[1:] or [""]
    if command in ("-h", "--help"):
        arguments = ["--help"]
    elif command != "run":
        sys.exit(f"arkrun-history: say what to do, {command!r} is no command\n{_USAGE}")
    settings = _settings(arguments)
    from arkrun_history.server import run  # noqa: PLC0415  # --help need not load a client

    try:
        sys.exit(run(settings))
    except (HistoryError, KubeError, OSError) as error:
        sys.exit(f"arkrun-history: cannot work: {error}")


def _settings(arguments: list[str]) -> Settings:
    try:
        return Settings(_cli_parse_args=arguments, _cli_prog_name="arkrun-history run")
    except SettingsError as error:
        sys.exit(f"arkrun-history: {error}")
    except ValidationError as error:
        sys.exit(
            "arkrun-history: "
            + "; ".join(
                f"--{'-'.join(map(str, one['loc'])).replace('_', '-')}: {one['msg']}"
                for one in error.errors(include_url=False)
            )
        )
