"""Each command of the reference page prints what the page shows.

The webhook, the history and `ark` are ours; the fake operator plays the operator that executes the runs.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controlplane import ControlPlane
from fake_operator import Operator, Outcome
from support.builders.objects import team
from support.cluster.installation import Installation
from support.history.process import HistoryProcess
from support.polling import next_second, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

NAMESPACE = "my-org"
SCRIPT = {
    "researcher": [Outcome(output="Research findings: ...", tokens=(320, 1240))],
    "writer": [
        Outcome(output="Transformers use self-attention...", tokens=(1240, 3360)),
        Outcome(output="Transformers use self-attention...", tokens=(1240, 3360)),
    ],
}
ONE_FAILS = {"writer": [Outcome(error="overloaded"), Outcome(output="at last")]}

# Section "Spec reference" of the page, as `kubectl explain` writes the types.
FIELDS = {
    "spec": {
        "teamRef": "string",
        "teamGeneration": "integer",
        "input": "map[string]string",
        "pipeline": "[]Object",
        "roles": "[]Object",
        "output": "string",
        "timeoutSeconds": "integer",
        "maxTokens": "integer",
    },
    "status": {
        "phase": "string",
        "steps": "[]Object",
        "output": "string",
        "startTime": "string",
        "completionTime": "string",
        "totalTokenUsage": "Object",
        "observedGeneration": "integer",
        "conditions": "[]Object",
    },
    "status.steps": {
        "name": "string",
        "phase": "string",
        "taskID": "string",
        "output": "string",
        "outputJSON": "string",
        "startTime": "string",
        "completionTime": "string",
        "message": "string",
        "iterations": "integer",
        "tokenUsage": "Object",
    },
    "status.totalTokenUsage": {
        "inputTokens": "integer",
        "outputTokens": "integer",
        "totalTokens": "integer",
    },
}


class Shell:
    """Runs the page's commands with the cluster's KUBECONFIG."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._environment = control_plane.environment()
        self._environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{self._environment['PATH']}"

    def __call__(self, line: str) -> str:
        """Run a command and return its output."""
        done = subprocess.run(
            shlex.split(line), env=self._environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), f"{line}\n{done.stderr}"
        return done.stdout

    def run(self, name: str) -> Any:
        return json.loads(self(f"kubectl get arkrun {name} -n {NAMESPACE} -o json"))

    def trigger(self, more: str = "") -> str:
        """Trigger a run as the page does, wait until it ends and return its name."""
        next_second()
        output = self(f"ark trigger blog-pipeline -n my-org{more}")
        match = re.fullmatch(r"arkrun\.arkonis\.dev/(blog-pipeline-run-[a-z0-9]+) created\n", output)
        assert match, output
        name = match[1]
        wait_for(lambda: self.run(name).get("status", {}).get("phase") in {"Succeeded", "Failed"})
        return name


@pytest.fixture(scope="module")
def shell(admission: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Start a shell in the page's namespace, with its team and the history."""
    control_plane = admission.control_plane
    control_plane.kubectl("create", "namespace", NAMESPACE)
    document = json.dumps(team("blog-pipeline"))
    control_plane.kubectl("create", "-n", NAMESPACE, "-f", "-", input=document)
    directory = tmp_path_factory.mktemp("history")
    replica = directory / "replica"
    with HistoryProcess(control_plane, replica, namespace=NAMESPACE, lease_namespace=NAMESPACE):
        yield Shell(control_plane)


@pytest.fixture
def operator(admission: Installation) -> Iterator[None]:
    """Run an operator that produces the page's results."""
    with Operator(admission.control_plane.kubeconfig, SCRIPT, namespace=NAMESPACE):
        yield


@pytest.mark.usefixtures("operator")
def test_runs_are_listed(shell: Shell) -> None:
    """The columns have the page's order and values, with the short name too."""
    name = shell.trigger()
    for line in (
        "kubectl get arkrun -n my-org",
        "kubectl get arkrun -n my-org -l arkonis.dev/team=blog-pipeline",
        "kubectl get aorun -n my-org",
        "ark runs blog-pipeline -n my-org",
    ):
        header, *rows = shell(line).splitlines()
        assert header.split() == ["NAME", "TEAM", "PHASE", "TOKENS", "STARTED", "AGE"], line
        cells = {row.split()[0]: row.split()[1:] for row in rows}
        assert cells[name][:3] == ["blog-pipeline", "Succeeded", "6160"], line
        assert all(re.fullmatch(r"\d+[smh]\S*", age) for age in cells[name][3:]), line


@pytest.mark.usefixtures("operator")
def test_the_most_recent_run_is_selected(shell: Shell) -> None:
    """The team's status contains its name."""
    name = shell.trigger()
    line = "kubectl get arkteam blog-pipeline -n my-org -o jsonpath='{.status.lastRunName}'"
    made = shell.run(name)["metadata"]["creationTimestamp"]

    wait_for(lambda: shell.run(shell(line))["metadata"]["creationTimestamp"] == made)


@pytest.mark.usefixtures("operator")
def test_a_run_is_inspected(shell: Shell) -> None:
    """The status has the page's outputs and tokens, in `kubectl describe` too."""
    name = shell.trigger()
    status = shell.run(name)["status"]

    steps = [
        (each["name"], each["phase"], each["output"], each["tokenUsage"]["totalTokens"])
        for each in status["steps"]
    ]
    assert steps == [
        ("researcher", "Succeeded", "Research findings: ...", 1560),
        ("writer", "Succeeded", "Transformers use self-attention...", 4600),
    ]
    assert all(re.fullmatch(r"\d+-\d", each["taskID"]) for each in status["steps"])
    assert status["totalTokenUsage"] == {"inputTokens": 1560, "outputTokens": 4600, "totalTokens": 6160}
    assert (status["phase"], status["output"]) == ("Succeeded", "Transformers use self-attention...")
    assert status["startTime"] <= status["completionTime"]
    described = shell(f"kubectl describe arkrun {name} -n my-org")
    for line in ("Completion Time:", "Task ID:", "Total Tokens:   6160", "Phase:            Succeeded"):
        assert line in described


@pytest.mark.usefixtures("operator")
def test_a_new_run_has_the_input_of_the_team_or_its_own(shell: Shell) -> None:
    """Triggering again leaves the old run unchanged; the given input overrides the team's."""
    old = shell.trigger()
    same = shell.run(shell.trigger())["spec"]
    other = shell.run(shell.trigger(""" --input '{"topic": "attention mechanisms"}'"""))["spec"]

    assert same["input"] == {"topic": "transformers", "tone": "dry"}
    assert other["input"] == {"topic": "attention mechanisms", "tone": "dry"}
    assert same["pipeline"] == other["pipeline"] == shell.run(old)["spec"]["pipeline"]
    assert (same["teamRef"], same["teamGeneration"]) == ("blog-pipeline", 1)


def test_failed_steps_of_a_run_are_retried(shell: Shell, admission: Installation) -> None:
    """`ark retry` preserves the steps that Succeeded byte for byte."""
    with Operator(admission.control_plane.kubeconfig, ONE_FAILS, namespace=NAMESPACE):
        name = shell.trigger()
        before = shell.run(name)["status"]
        assert [each["phase"] for each in before["steps"]] == ["Succeeded", "Failed"]
        assert shell("ark retry blog-pipeline -n my-org") == f"arkrun.arkonis.dev/{name} retried\n"
        wait_for(lambda: shell.run(name)["status"]["phase"] == "Succeeded")

    after = shell.run(name)["status"]
    assert after["steps"][0] == before["steps"][0]
    assert after["output"] == "at last"


@pytest.mark.parametrize("path", FIELDS)
def test_every_documented_field_exists(shell: Shell, path: str) -> None:
    """`kubectl explain` shows each field with its type."""
    explained = shell(f"kubectl explain arkrun.{path}")
    types = dict(re.findall(r"^  (\w+)\t<([^>]+)>", explained, re.MULTILINE))

    assert {name: types.get(name) for name in FIELDS[path]} == FIELDS[path]


def test_retention_has_the_documented_defaults(shell: Shell) -> None:
    """They are 10 Succeeded runs, 3 Failed runs and no maximum age."""
    spec = json.loads(shell("kubectl get arkteam blog-pipeline -n my-org -o json"))["spec"]

    limits = ("successfulRunsHistoryLimit", "failedRunsHistoryLimit", "runRetainFor")
    assert [spec.get(each) for each in limits] == [10, 3, None]


@pytest.mark.usefixtures("operator")
def test_the_history_of_a_team_is_limited(shell: Shell) -> None:
    """With a limit of one, only the Succeeded run that ended last is retained."""
    shell.trigger()
    limit = '{"spec": {"successfulRunsHistoryLimit": 1}}'
    shell(f"kubectl patch arkteam blog-pipeline -n my-org --type=merge -p '{limit}'")
    name = shell.trigger()

    line = f"kubectl get arkrun -n {NAMESPACE} --field-selector status.phase=Succeeded -o name"
    wait_for(lambda: shell(line) == f"arkrun.arkonis.dev/{name}\n")
