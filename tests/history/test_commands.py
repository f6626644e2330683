"""`arkrun-history` as it is typed."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("arkrun-history"))


def typed(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run it away from any cluster; gives exit code and what it said."""
    done = subprocess.run(
        [PROGRAM, *arguments],
        env={"PATH": "", "HOME": "/nowhere", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_help_names_every_setting() -> None:
    """With its default, and without loading a client."""
    code, said, complained = typed("--help")

    assert (code, complained) == (0, "")
    assert said.startswith("usage: arkrun-history run ")
    assert "--orphan-retain-for" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            (),
            "say what to do, '' is no command\nusage: arkrun-history run [--help] [settings]\n",
        ),
        (
            ("run", "--orphan-retain-for=soon"),
            '--orphan-retain-for: Value error, "soon" is no duration: write 168h, 1h30m or 7d\n',
        ),
        (
            ("run", "--lease-seconds=1"),
            "--lease-seconds: Input should be greater than or equal to 3\n",
        ),
    ],
)
def test_what_makes_no_sense_is_named(arguments: tuple[str, ...], said: str) -> None:
    """The flag, and what is needed."""
    assert typed(*arguments) == (1, "", f"arkrun-history: {said}")


def test_without_a_cluster() -> None:
    """It says what to set."""
    code, _, said = typed("run", KUBECONFIG="/nowhere/config")

    assert code == 1
    assert said == (
        'arkrun-history: cannot work: no way to a cluster: kubeconfig "/nowhere/config" does not exist: '
        "set KUBECONFIG to a file that kubectl can use, or run in a pod\n"
    )
