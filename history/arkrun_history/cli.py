"""`arkrun-history run`: the process of the chart's history Deployment."""

from __future__ import annotations

import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from arkrun_history.errors import HistoryError
from arkrun_history.settings import Settings
from arkrun_kube import KubeError

_USAGE = "usage: arkrun-history run [--help] [settings]"


def main() -> None:
    """Run the command line; exit with 1 if it cannot start or a single pass is incomplete."""
    command, *arguments = sys.argv[1:] or [""]
    if command in ("-h", "--help"):
        arguments = ["--help"]
    elif command != "run":
        sys.exit(f"arkrun-history: unknown command {command!r}\n{_USAGE}")
    settings = _settings(arguments)
    from arkrun_history.server import run  # noqa: PLC0415 - `--help` needs no client

    try:
        sys.exit(run(settings))
    except (HistoryError, KubeError, OSError) as error:
        sys.exit(f"arkrun-history: cannot run: {error}")


def _settings(arguments: list[str]) -> Settings:
    try:
        return Settings(_cli_parse_args=arguments, _cli_prog_name="arkrun-history run")
    except SettingsError as error:
        sys.exit(f"arkrun-history: {error}")
    except ValidationError as error:
        problems = [_problem(each["loc"], each["msg"]) for each in error.errors(include_url=False)]
        sys.exit(f"arkrun-history: {'; '.join(problems)}")


def _problem(location: tuple[int | str, ...], message: str) -> str:
    """Name the flag of a problem; one of several flags together names them itself."""
    return f"{_flag(location)}: {message}" if location else message.removeprefix("Value error, ")


def _flag(location: tuple[int | str, ...]) -> str:
    return f"--{'-'.join(map(str, location)).replace('_', '-')}"
