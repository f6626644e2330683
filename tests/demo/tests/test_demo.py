"""`make demo` runs to its end, and fails if a step has another result."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.__main__ import main
from support.repository import ROOT, TESTS

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@dataclass
class Demo:
    """A run of `make demo KEEP=1` that was interrupted, and what a reader did meanwhile in another shell."""

    lines: list[str]
    stderr: str
    returncode: int
    shell: subprocess.CompletedProcess[str]
    kubeconfig: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo once for all tests that it succeeds in."""
    home = tmp_path_factory.mktemp("demo")
    output, errors = home / "output", home / "errors"
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "demo", "--keep"]
    with (
        output.open("w") as stdout,
        errors.open("w") as stderr,
        subprocess.Popen(command, env=environment, stdout=stdout, stderr=stderr) as process,
    ):
        try:
            wait_until(lambda: "Ctrl-C here ends" in output.read_text() or process.poll() is not None)
            exports = "\n".join(re.findall(r"^export .*$", output.read_text(), re.MULTILINE))
            run = TESTS / "demo" / "run-3.yaml"
            script = f"kubectl create -f {run} -o jsonpath={{.spec.teamGeneration}} && echo && ark runs"
            printed = shell(f"{exports}\n{script}", home=home)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    kubeconfig = Path(exports.split("KUBECONFIG=")[1].splitlines()[0])
    return Demo(output.read_text().splitlines(), errors.read_text(), process.returncode, printed, kubeconfig)


def test_the_demo_shows_every_step_and_its_refusals(demo: Demo) -> None:
    """The output has the headings and refusals of the README, in plain text outside a terminal."""
    lines = demo.lines
    assert demo.stderr == ""
    assert not any("\x1b" in line for line in lines)
    assert [line for line in lines if re.match(r"\d+\. ", line)] == [
        "1. Install the chart. No node runs here, so webhook.url names a process outside.",
        "2. A team of three steps, and a run that has only teamRef and input.",
        "3. The cluster has stamped it: label, teamGeneration, snapshot, merged input.",
        "4. Now the operator would work. We write its result, and list the runs.",
        "5. Change the record: by patch, apply, replace and edit. Each is refused.",
        "6. Metadata is free: labels of others, annotations and finalizers always pass.",
        "7. Change the team and run it again: generation 2 beside the old run's 1.",
        "8. Seal the records. One is edited in etcd, past every wall: ark verify finds it.",
        "9. Stop the webhook. The record is kept by the API server itself.",
        "10. Delete both webhook configurations. The policies keep the record, unknown fields too.",
    ]
    refused = [line.split("Forbidden: ")[0] for line in lines if "Forbidden: " in line]
    subject = 'The ArkRun "blog-pipeline-run-1" is invalid: '
    assert refused == [
        f"{subject}spec.maxTokens: ",
        f"{subject}spec.input: ",
        f"{subject}spec.input: ",
        f"{subject}spec.teamRef: ",
        "# * spec.roles: ",
        f"{subject}spec.maxTokens: ",
    ]
    assert any(line.startswith("Every step did what the story says, in ") for line in lines)
    assert missing(excerpt(), lines) == []


def test_the_demo_with_keep_runs_until_ctrl_c(demo: Demo) -> None:
    """The printed lines lead to a cluster whose webhook stamps, and SIGINT ends all of it with 0."""
    generation, *runs = demo.shell.stdout.splitlines()

    assert demo.shell.stderr == ""
    assert generation == "2"
    assert [line.split()[0] for line in runs[1:]] == [f"blog-pipeline-run-{number}" for number in (3, 2, 1)]
    assert demo.returncode == 0
    assert not demo.kubeconfig.exists()


def shell(script: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run what a reader pastes into a shell of their own."""
    environment = {"PATH": os.defpath, "HOME": str(home)}
    return subprocess.run(
        ["/bin/sh", "-c", script], env=environment, cwd=home, capture_output=True, text=True, check=False
    )


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def excerpt() -> list[str]:
    """Read what the README shows of the story."""
    page = (ROOT / "README.md").read_text()
    shown = page.split("<!-- demo: excerpt -->\n")[1].split("<!-- end -->")[0]
    return [line for line in textwrap.dedent(shown).splitlines() if line]


def missing(shown: list[str], lines: list[str]) -> list[str]:
    """Find what the README shows and the story does not print; times and padding may differ."""
    plain = [re.compile(r"\d+s|\d+ s|\s+").sub(" ", line).strip() for line in (*shown, *lines)]
    return [line for line in plain[: len(shown)] if line not in plain[len(shown) :]]


def test_the_demo_fails_at_a_step_with_another_result(capsys: pytest.CaptureFixture[str]) -> None:
    """With failurePolicy Ignore an unstamped run comes in while the webhook is away: exit 1, and why."""
    assert main({"webhook.failurePolicy": "Ignore"}) == 1

    *printed, last = capsys.readouterr().out.splitlines()
    refused = "`kubectl apply -f tests/demo/manifests/run-3.yaml` had to be refused"
    assert last == f"demo: {refused}, and succeeded."
    warned = "Warning: Validation failed for ValidatingAdmissionPolicy 'arkrun-stamp' with binding"
    assert any(line.startswith(warned) for line in printed[-5:])
