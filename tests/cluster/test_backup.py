"""The steps of docs/backup.md restore records unchanged, and start no run again."""

import copy
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from arkrun_crd.names import RESTORED_ANNOTATION, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import ControlPlane
from fake_operator import Operator, Outcome
from support.builders.objects import run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource
from support.repository import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

PAGE = (ROOT / "docs" / "backup.md").read_text()
USER = "velero"
FIRST = {
    "phase": "Succeeded",
    "output": "x",
    "tokenUsage": {"inputTokens": 1, "xUnknown": 1},
    "xUnknown": [1],
}
STATUSES: dict[str, Any] = {
    "succeeded": {
        "phase": "Succeeded",
        "startTime": "2026-03-17T10:00:00Z",
        "completionTime": "2026-03-17T10:00:45Z",
        "output": "x",
        "steps": [{"name": "researcher", **FIRST}, {"name": "writer", **FIRST}],
        "xUnknown": {"ratio": 0.5, "none": None},
    },
    "failed": {"phase": "Failed", "steps": [{"name": "researcher", "phase": "Failed", "message": "no"}]},
    "going": {
        "phase": "Running",
        "startTime": "2026-03-17T10:00:00Z",
        "steps": [{"name": "researcher", **FIRST}, {"name": "writer", "phase": "Running", "taskID": "1-0"}],
    },
    "waiting": None,
}


def block(kind: str, name: str) -> str:
    """Return the page's code block below the comment that names it."""
    (found,) = re.findall(rf"<!-- {kind}: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    text: str = found
    return text


class Site:
    """A namespace with a team of generation 2 and runs in every phase."""

    def __init__(self, control_plane: ControlPlane, namespace: str) -> None:
        self.control_plane = control_plane
        self.namespace = namespace
        self.runs = Resource(control_plane.api, namespace, RUN_PLURAL)
        self.teams = Resource(control_plane.api, namespace, TEAM_PLURAL)
        assert self.teams.create(team()).status == 201
        assert self.teams.patch("blog", {"spec": {"maxTokens": 9001}}).json()["metadata"]["generation"] == 2
        for name, status in STATUSES.items():
            stored = self.runs.create(run(name, xUnknown={"a": [1]})).json()
            if status:
                assert self.runs.replace(name, {**stored, "status": status}, "/status").status == 200
        self.before = self.records()
        for role in ("restore", "edit"):
            control_plane.kubectl("apply", "-f", "-", input=block("role", role))
        bind = ("rolebinding", "restore", "--clusterrole=arkrun-restore", f"--user={USER}")
        control_plane.kubectl("-n", namespace, "create", *bind)

    def records(self) -> dict[str, Any]:
        """Return spec, status and label of every run."""
        listed = self.control_plane.kubectl("-n", self.namespace, "get", "arkruns", "-o", "json").stdout
        return {
            item["metadata"]["name"]: {
                "spec": item["spec"],
                "status": item.get("status"),
                "label": item["metadata"]["labels"][TEAM_LABEL],
            }
            for item in json.loads(listed)["items"]
        }

    def lose(self) -> None:
        """Delete everything."""
        for plural in (RUN_PLURAL, TEAM_PLURAL):
            self.control_plane.kubectl("-n", self.namespace, "delete", plural, "--all")

    def step(self, name: str, folder: Path, kubeconfig: Path) -> str:
        """Run a step of the page in a shell and return its output."""
        command = block("step", name).replace("my-org", self.namespace)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=folder,
            env=self.control_plane.environment(kubeconfig),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def is_restored(self) -> None:
        """Check that records are unchanged, except that unfinished runs are Failed, with their progress."""
        after = self.records()
        assert {name: each["spec"] for name, each in after.items()} == {
            name: each["spec"] for name, each in self.before.items()
        }
        assert {each["label"] for each in after.values()} == {"blog"}
        for name in ("succeeded", "failed"):
            assert after[name]["status"] == self.before[name]["status"]
        assert after["going"]["status"]["phase"] == after["waiting"]["status"]["phase"] == "Failed"
        first, second = after["going"]["status"]["steps"]
        assert first == STATUSES["going"]["steps"][0]
        assert (second["phase"], second["taskID"]) == ("Failed", "1-0")
        for name in after:
            metadata = self.runs.get(name).json()["metadata"]
            assert metadata["annotations"][RESTORED_ANNOTATION] == "true"
            refused = self.runs.patch(name, {"status": {"output": "y"}}, suffix="/status")
            assert refused.status == 422

    def nothing_starts(self) -> None:
        """Check that a running operator leaves restored runs alone and executes a new run."""
        before = self.records()
        with Operator(self.control_plane.kubeconfig, {"researcher": [Outcome()]}, namespace=self.namespace):
            assert self.runs.create(run("new")).status == 201
            self.control_plane.kubectl(
                *("-n", self.namespace, "wait", "arkrun/new", "--timeout=60s"),
                "--for=jsonpath={.status.phase}=Succeeded",
            )
        after = self.records()
        after.pop("new")
        assert after == before


@pytest.fixture
def site(admission: Installation, namespace: str) -> Site:
    return Site(admission.control_plane, namespace)


def test_a_namespace_is_restored_with_kubectl(site: Site, tmp_path: Path) -> None:
    """A user with only the page's role runs each command of the page."""
    administrator = site.control_plane.kubeconfig
    restorer = site.control_plane.user_kubeconfig(USER)

    site.step("backup", tmp_path, administrator)
    site.lose()
    for step in ("records", "statuses", "close", "teams"):
        site.step(step, tmp_path, restorer)

    assert site.step("check", tmp_path, administrator) == ""
    site.is_restored()
    site.nothing_starts()


def test_a_namespace_is_restored_with_velero(site: Site, tmp_path: Path) -> None:
    """Velero's steps with the page's resource modifier: runs before teams, each status in one update."""
    backup = {plural: listed(site, plural) for plural in (RUN_PLURAL, TEAM_PLURAL)}
    modifier = yaml.safe_load(block("velero", "modifier"))["resourceModifierRules"][0]
    assert modifier["conditions"] == {"groupResource": "arkruns.arkonis.dev"}
    patch = json.loads(modifier["mergePatches"][0]["patchData"])
    api = site.control_plane.api.impersonate(USER)

    site.lose()
    for plural, items in backup.items():
        client = Resource(api, site.namespace, plural)
        for item in items:
            created = client.create(modified(item, patch if plural == RUN_PLURAL else {}))
            assert created.status == 201, created.message
            if plural == RUN_PLURAL and "status" in item:
                body = {**created.json(), "status": item["status"]}
                answer = client.replace(item["metadata"]["name"], body, "/status")
                assert answer.status == 200, answer.message
    site.step("close", tmp_path, site.control_plane.user_kubeconfig(USER))

    site.is_restored()
    site.nothing_starts()


def test_edit_permission_does_not_allow_restores(site: Site) -> None:
    """The page's edit role has every verb except `restore`."""
    bind = ("rolebinding", "edit", "--clusterrole=arkrun-edit", "--user=alice")
    site.control_plane.kubectl("-n", site.namespace, "create", *bind)
    alice = Resource(site.control_plane.api.impersonate("alice"), site.namespace, RUN_PLURAL)
    marked = site.runs.get("succeeded").json()
    metadata = {"labels": marked["metadata"]["labels"], "annotations": {RESTORED_ANNOTATION: "true"}}
    marked["metadata"] = {"name": "marked", **metadata}

    assert [alice.create(run("new")).status, alice.create(marked).status] == [201, 403]


def listed(site: Site, plural: str) -> list[dict[str, Any]]:
    """Return the objects that a backup contains."""
    text = site.control_plane.kubectl("-n", site.namespace, "get", plural, "-o", "json").stdout
    items: list[dict[str, Any]] = json.loads(text)["items"]
    return items


def modified(item: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Prepare an object as Velero does: drop status and server-set metadata, then apply the modifier."""
    document = copy.deepcopy(item)
    document.pop("status", None)
    given = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "ownerReferences")
    document["metadata"] = {key: value for key, value in document["metadata"].items() if key not in given} | {
        "labels": {**document["metadata"].get("labels", {}), "velero.io/restore-name": "nightly"}
    }
    for key, value in patch.get("metadata", {}).items():
        document["metadata"][key] = {**document["metadata"].get(key, {}), **value}
    return document
