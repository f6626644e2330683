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
    """An interrupted run of `make demo KEEP=1`, and the output of another shell used meanwhile."""

    lines: list[str]
    stderr: str
    returncode: int
    shell: subprocess.CompletedProcess[str]
    kubeconfig: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo once, with success."""
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
            wait_until(lambda: "Ctrl-C here stops" in output.read_text() or process.poll() is not None)
            exports = "\n".join(re.findall(r"^export .*$", output.read_text(), re.MULTILINE))
            run = TESTS / "demo" / "manifests" / "run-3.yaml"
            script = f"kubectl create -f {run} -o jsonpath={{.spec.teamGeneration}} && echo && ark runs"
            printed = shell(f"{exports}\n{script}", home=home)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    kubeconfig = Path(exports.split("KUBECONFIG=")[1].splitlines()[0])
    return Demo(output.read_text().splitlines(), errors.read_text(), process.returncode, printed, kubeconfig)


def test_the_demo_shows_every_step_and_its_refusals(demo: Demo) -> None:
    """The output has these headings and refusals and contains the README's excerpt; it is plain text."""
    lines = demo.lines
    assert demo.stderr == ""
    assert not any("\x1b" in line for line in lines)
    assert [line for line in lines if re.match(r"\d+\. ", line)] == [
        "1. Install the chart. This cluster has no nodes, so webhook.url names a local process.",
        "2. Create a team of three steps, and a run with only teamRef and input.",
        "3. The webhook has stamped the run: label, teamGeneration, snapshot, merged input.",
        "4. Write the status as the operator would, and list the runs.",
        "5. Try to change the record by patch, apply, replace and edit. Each is refused.",
        "6. Metadata stays writable: other labels, annotations and finalizers.",
        "7. Change the team and run it again: the new run has generation 2, the old one 1.",
        "8. Seal the records, and edit one directly in etcd: ark verify detects it.",
        "9. Stop the webhook. The API server itself still protects the record.",
        "10. Delete both webhook configurations. The policies still protect the record.",
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
    assert any(line.startswith("Every step had the expected result, in ") for line in lines)
    assert missing(excerpt(), lines) == []


def test_the_demo_with_keep_runs_until_ctrl_c(demo: Demo) -> None:
    """The printed exports give access to the cluster with the webhook, and SIGINT ends the demo with 0."""
    generation, *runs = demo.shell.stdout.splitlines()

    assert demo.shell.stderr == ""
    assert generation == "2"
    assert [line.split()[0] for line in runs[1:]] == [f"blog-pipeline-run-{number}" for number in (3, 2, 1)]
    assert demo.returncode == 0
    assert not demo.kubeconfig.exists()


def shell(script: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a separate shell."""
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
    """Return the lines of the README's excerpt."""
    page = (ROOT / "README.md").read_text()
    block = page.split("<!-- demo: excerpt -->\n")[1].split("<!-- end -->")[0]
    return [line for line in textwrap.dedent(block).splitlines() if line]


def missing(excerpt_lines: list[str], lines: list[str]) -> list[str]:
    """Return the excerpt's lines that the demo did not print; times and padding may differ."""
    plain = [re.compile(r"\d+s|\d+ s|\s+").sub(" ", line).strip() for line in (*excerpt_lines, *lines)]
    return [line for line in plain[: len(excerpt_lines)] if line not in plain[len(excerpt_lines) :]]


def test_the_demo_fails_at_a_step_with_another_result(capsys: pytest.CaptureFixture[str]) -> None:
    """With failurePolicy Ignore an unstamped run is accepted during the outage, which the demo reports."""
    assert main({"webhook.failurePolicy": "Ignore"}) == 1

    *printed, last = capsys.readouterr().out.splitlines()
    refused = "`kubectl apply -f tests/demo/manifests/run-3.yaml` had to be refused"
    assert last == f"demo: {refused}, but succeeded."
    warned = "Warning: Validation failed for ValidatingAdmissionPolicy 'arkrun-stamp' with binding"
    assert any(line.startswith(warned) for line in printed[-5:])
