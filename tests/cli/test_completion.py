"""`kubectl_complete-ark`: where kubectl leaves the completion to the shell, which knows files."""

import pytest

from arkrun_cli.completion import main
from support.programs import run_main


@pytest.mark.parametrize(
    "words",
    [
        ("lint", ""),
        ("trigger", "blog", "--input-file", "in"),
        ("show", "--web", ""),
        ("runs", "--kubeconfig", ""),
        ("verify", "-f", ""),
        ("verify", "-f", "runs.json", "--keys", ""),
    ],
    ids=" ".join,
)
def test_the_shell_completes_files(words: tuple[str, ...]) -> None:
    """By the directive 0."""
    done = run_main(main, "kubectl_complete-ark", *words, PATH="")

    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, ":0", "")


@pytest.mark.parametrize(
    "words", [("ver",), ("runs", "--phase", "F"), ("verify", "--"), ("-n", "")], ids=" ".join
)
def test_the_shell_completes_no_files_elsewhere(words: tuple[str, ...]) -> None:
    """By the directive 4."""
    done = run_main(main, "kubectl_complete-ark", *words, PATH="")

    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, ":4", "")
