"""The command line of `arkrun-history`, without a cluster."""

import subprocess
import sys
from pathlib import Path

import pytest

from arkrun_history.cli import main
from support.programs import run_main

PROGRAM = str(Path(sys.executable).with_name("arkrun-history"))


def arkrun_history(*arguments: str) -> tuple[int, str, str]:
    """Run the command and return its exit code, stdout and stderr."""
    done = run_main(main, "arkrun-history", *arguments)
    return done.returncode, done.stdout, done.stderr


def test_help_lists_the_settings() -> None:
    """--help alone describes `run`."""
    code, stdout, stderr = arkrun_history("--help")

    assert (code, stderr) == (0, "")
    assert stdout.startswith("usage: arkrun-history run ")
    assert "--orphan-retain-for" in stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (),
            "unknown command ''\nusage: arkrun-history run [--help] [settings]\n",
        ),
        (
            ("run", "--orphan-retain-for=soon"),
            '--orphan-retain-for: Value error, invalid duration "soon": write 168h, 1h30m or 7d\n',
        ),
        (
            ("run", "--lease-seconds=1"),
            "--lease-seconds: Input should be greater than or equal to 3\n",
        ),
    ],
)
def test_invalid_usage_exits_with_1_and_a_message(arguments: tuple[str, ...], message: str) -> None:
    """The message names the command or the flag, and what is expected."""
    assert arkrun_history(*arguments) == (1, "", f"arkrun-history: {message}")


@pytest.mark.process
def test_a_missing_kubeconfig_is_an_error_with_its_remedy() -> None:
    """The message names the file and the variable to set."""
    environment = {"HOME": "/nowhere", "KUBECONFIG": "/nowhere/config"}
    done = subprocess.run([PROGRAM, "run"], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == (
        'arkrun-history: cannot run: no cluster configured: kubeconfig "/nowhere/config" does not exist: '
        "set KUBECONFIG to a file that kubectl can use, or run in a pod\n"
    )
