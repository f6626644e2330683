"""The command line of `arkrun-webhook`: its help, and settings that are refused."""

from subprocess import CompletedProcess

import pytest

from arkrun_webhook.cli import main
from arkrun_webhook.settings import Settings
from support.programs import run_main

USAGE = "usage: arkrun-webhook serve [--help] [settings]"
HELP = [f"--{name.replace('_', '-')}" for name in Settings.model_fields]


@pytest.mark.parametrize("arguments", [("--help",), ("serve", "--help")])
def test_help_lists_every_setting(arguments: tuple[str, ...]) -> None:
    """Every setting has a flag with a sentence."""
    shown = run(*arguments)

    assert shown.returncode == 0
    assert [flag for flag in HELP if flag not in shown.stdout] == []
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (
            (),
            {},
            f"arkrun-webhook: unknown command ''\n{USAGE}",
        ),
        (
            ("run",),
            {},
            f"arkrun-webhook: unknown command 'run'\n{USAGE}",
        ),
        (
            ("serve", "--port=99999"),
            {},
            "arkrun-webhook: --port: Input should be less than or equal to 65535",
        ),
        (
            ("serve",),
            {"ARKRUN_KEEP_ALIVE_SECONDS": "5"},
            "arkrun-webhook: --keep-alive-seconds: Input should be greater than 90",
        ),
        (
            ("serve",),
            {"ARKRUN_CERT_MODE": "files"},
            "arkrun-webhook: Value error, certificate mode files needs directory",
        ),
        (
            ("serve",),
            {"ARKRUN_CERT_MODE": "files", "ARKRUN_CERT_DIR": "/"},
            (
                "arkrun-webhook: Value error, the admission paths need path_secret, the Secret that holds "
                "their token, or path_tokens for a webhook outside the cluster, and not both"
            ),
        ),
        (
            ("serve",),
            {"ARKRUN_CERT_MODE": "files", "ARKRUN_CERT_DIR": "/", "ARKRUN_PATH_TOKENS": "secret"},
            (
                "arkrun-webhook: Value error, path_tokens contains a token that can be guessed: use 22 or "
                "more of A-Z a-z 0-9 - _, such as the output of `openssl rand -hex 16`"
            ),
        ),
    ],
)
def test_an_invalid_setting_is_a_one_line_error(
    arguments: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    """There is no traceback."""
    done = run(*arguments, **environment)

    assert done.returncode == 1
    assert done.stderr == f"{message}\n"


def test_a_flag_overrides_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARKRUN_PORT", "1")
    monkeypatch.setenv("ARKRUN_CERT_DNS_NAMES", "a, b,")
    settings = Settings(_cli_parse_args=["--port=2"])

    assert (settings.port, settings.cert_dns_names) == (2, ("a", "b"))


def run(*arguments: str, **environment: str) -> CompletedProcess[str]:
    """Run the command line to its end."""
    return run_main(main, "arkrun-webhook", *arguments, COLUMNS="100", HOME="/nowhere", **environment)
