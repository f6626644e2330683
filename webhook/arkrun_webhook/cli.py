"""`arkrun-webhook serve`: the process that the chart's Deployment runs."""

from __future__ import annotations

import sys

from pydantic import ValidationError
from pydantic_settings import SettingsError

from arkrun_certs import CertificateError
from arkrun_kube import KubeError
from arkrun_webhook.settings import Settings

# The settings of the certificates have names of their own.
_CERTIFICATES = {
    "annotations": "secret-annotations",
    "directory": "dir",
    "inject_ca": "inject",
    "labels": "secret-labels",
}
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
        settings = Settings(_cli_parse_args=arguments, _cli_prog_name="arkrun-webhook serve")
        settings.certificates()
    except (ValidationError, SettingsError) as error:
        sys.exit(f"arkrun-webhook: {_format(error)}")
    return settings


def _format(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    problems = error.errors(include_url=False)
    return "; ".join(dict.fromkeys(_problem(each["loc"], each["msg"]) for each in problems))


def _problem(location: tuple[int | str, ...], message: str) -> str:
    """Name the setting by its flag; what follows in a location is inside its value."""
    if not location:
        return message
    name = str(location[0])
    flag = name if name in Settings.model_fields else f"cert-{_CERTIFICATES.get(name, name)}"
    return f"--{flag.replace('_', '-')}: {message}"
