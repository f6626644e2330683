"""`arkrun-webhook serve`: the process that the chart's Deployment runs."""

from __future__ import annotations

import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from arkrun_certs import CertificateError
from arkrun_kube import KubeError
from arkrun_webhook.settings import Settings

_USAGE = "usage: arkrun-webhook serve [--help] [settings]"


def main() -> None:
    """Run the command line; exits with a message if the settings are invalid or serving fails."""
    command, *arguments = sys.argv[1:] or [""]
    if command in ("-h", "--help"):
        arguments = ["--help"]
    elif command != "serve":
        sys.exit(f"arkrun-webhook: unknown command {command!r}\n{_USAGE}")
    settings = _settings(arguments)
    from arkrun_webhook.server import run  # noqa: PLC0415  # --help needs no server

    try:
        run(settings)
    except ModuleNotFoundError as error:
        sys.exit(f"arkrun-webhook: cannot serve: --trace-endpoint needs the extra arkrun[tracing] ({error})")
    except (CertificateError, KubeError, OSError) as error:
        sys.exit(f"arkrun-webhook: cannot serve: {error}")


def _settings(arguments: list[str]) -> Settings:
    try:
        settings = Settings(
            _cli_parse_args=arguments,
            _cli_prog_name="arkrun-webhook serve",
        )
        settings.certificates()
    except (ValidationError, SettingsError) as error:
        sys.exit(f"arkrun-webhook: {_format(error)}")
    return settings


def _format(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    return "; ".join(
        f"--{'-'.join(map(str, err['loc'])).replace('_', '-')}: {err['msg']}" if err["loc"] else err["msg"]
        for err in error.errors(include_url=False)
    )
