"""Streams that cannot be written or read: one sentence, never a traceback."""

import subprocess
from pathlib import Path

import pytest

from cli.program import ARK

pytestmark = [pytest.mark.slow, pytest.mark.process]

TEAM = "apiVersion: arkonis.dev/v1alpha1\nkind: ArkTeam\nmetadata: {name: Bad_Name}\nspec: {}\n"


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command in which $ARK is the program."""
    (folder / "team.yaml").write_text(TEAM)
    return subprocess.run(
        ["bash", "-c", command],
        env={"ARK": ARK, "PATH": "/usr/bin:/bin", **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("$ARK lint team.yaml >/dev/full", "cannot write the output: No space left on device"),
        ("$ARK --help >/dev/full", "cannot write the output: No space left on device"),
        ("$ARK lint team.yaml >&-", "cannot write the output: stdout is closed"),
        ("(sleep 1; $ARK lint team.yaml; exit $?) | true", None),
        ("$ARK lint - <&-", "cannot read -: stdin is closed"),
        ("$ARK show x --web page.html -o json", "--web and --output are given: expected one of them"),
        ("$ARK lint no-such-file", "cannot read no-such-file: No such file or directory"),
        ("$ARK trigger t --input-file - <&-", "cannot read --input-file -: stdin is closed"),
    ],
)
def test_a_stream_that_fails_is_one_sentence(tmp_path: Path, command: str, message: str | None) -> None:
    """On stderr."""
    done = shell(command, tmp_path)

    expected = message or "cannot write the output: Broken pipe"
    assert done.stderr == f"error: {expected}\n"


@pytest.mark.parametrize("stream", [">/dev/full", ">&-", "| true"])
def test_a_completion_that_cannot_be_written_is_silent(tmp_path: Path, stream: str) -> None:
    """A message would end up in the command line that is being completed."""
    done = shell(f"{Path(ARK).with_name('kubectl_complete-ark')} runs '' {stream}", tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"KUBECONFIG": "/dev/null"}, 'kubeconfig "/dev/null" holds no entries'),
        ({"KUBECONFIG": "/nowhere"}, 'kubeconfig "/nowhere" does not exist'),
        ({"KUBECONFIG": ":"}, "neither KUBECONFIG nor HOME names a kubeconfig"),
        ({}, "neither KUBECONFIG nor HOME names a kubeconfig"),
    ],
)
def test_a_kubeconfig_without_a_cluster_is_one_sentence(
    tmp_path: Path, variables: dict[str, str], found: str
) -> None:
    """It says where a kubeconfig was looked for."""
    done = shell("$ARK runs", tmp_path, **variables)

    assert (done.returncode, done.stderr) == (
        1,
        (
            f"error: no cluster configured: {found}: "
            "set KUBECONFIG to a file that kubectl can use, or run in a pod\n"
        ),
    )


@pytest.mark.parametrize("command", ["trigger", "retry"])
def test_a_timeout_that_is_no_number_is_refused(tmp_path: Path, command: str) -> None:
    """Python reads nan as a number, after which no deadline would expire."""
    done = shell(f"$ARK {command} t --wait --timeout nan", tmp_path)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "Error: Invalid value for '--timeout': nan is not a number of seconds."
    )


def test_an_ascii_locale_prints_what_it_can(tmp_path: Path) -> None:
    """A question mark for the rest."""
    (tmp_path / "é.yaml").write_text(TEAM)
    done = shell("$ARK lint é.yaml", tmp_path, PYTHONIOENCODING="ascii")

    assert done.stderr == ""
    assert "metadata.name: invalid name" in done.stdout


def test_nothing_is_cut_in_a_pipe(tmp_path: Path) -> None:
    """However long a line is."""
    name = "x" * 900
    (tmp_path / "long.yaml").write_text(TEAM.replace("spec: {}", f"spec: {{}}\n{name}: 1"))

    assert f"{name}: unknown field" in shell("$ARK lint long.yaml", tmp_path).stdout
