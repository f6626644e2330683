"""Runs under attack: of every kind of team, in every phase, some unstamped, some being deleted."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import yaml

from arkrun_crd.names import (
    API_VERSION,
    GROUP,
    RESTORED_ANNOTATION,
    RUN_KIND,
    RUN_PLURAL,
    TEAM_KIND,
    TEAM_LABEL,
    TEAM_PLURAL,
    VERSION,
)
from controlplane import Answer, ControlPlane
from recordings.foreign import install_foreign_crds
from support.cluster.installation import Installation
from support.cluster.resources import grant
from support.documents import documents
from support.repository import CRDS

TIMEOUT_SECONDS = 30.0
OPT_OUT = "arkrun-test/admission"

RULES = "x-kubernetes-validations"

TEAMS: dict[str, dict[str, Any]] = {
    "blog": {
        "roles": [
            {
                "name": "researcher",
                "model": "m-1",
                "systemPrompt": "Find facts.\nCit\u00e9 sources.",
                "replicas": 1,
                "xUnknownRole": {"xUnknownDeep": [1, {"a": 0.5}], "b": None},
            },
            {
                "name": "writer",
                "arkAgent": "writer",
                "limits": {"maxTokensPerCall": 8000, "xUnknownLimit": 7},
                "canDelegate": [],
            },
        ],
        "pipeline": [
            {"role": "researcher", "inputs": {"prompt": "Research {{ .input.topic }}"}},
            {
                "role": "writer",
                "dependsOn": ["researcher"],
                "inputs": {"facts": "{{ .steps.researcher.output }}"},
                "loop": {"maxIterations": 3, "condition": "{{ true }}"},
                "fromTomorrow": {
                    "flag": True,
                    "ratio": 0.5,
                    "count": 1,
                    "large": 2**53 + 1,
                    "nothing": None,
                    "list": [[], {}, ""],
                },
            },
        ],
        "output": "{{ .steps.writer.output }}",
        "input": {"topic": "transformers", "tone": "dry"},
        "timeoutSeconds": 600,
        "maxTokens": 9000,
        "xUnknownOfTeam": {"flag": True},
    },
    "dynamic": {
        "entry": "lead",
        "roles": [
            {
                "name": "lead",
                "model": "m",
                "canDelegate": ["helper"],
                "tools": [{"name": "t", "url": "u", "method": "PUT"}],
            },
            {"name": "helper", "model": "m", "xUnknownSampling": {"temperature": 0.7, "strict": True}},
        ],
    },
    "routed": {
        "routing": {"model": "m", "maxHops": 3, "fallback": "x", "weights": [1, 2.5, 0], "xUnknownHop": "x"},
        "output": "o",
    },
}
STEPS = [
    {
        "name": "researcher",
        "phase": "Succeeded",
        "output": "x",
        "tokenUsage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "xUnknown": 1},
        "xUnknown": {"large": 2**53 + 1, "list": [1, {"z": 0.5}]},
    },
    {"name": "writer", "phase": "Failed", "message": "no", "xUnknown": "x"},
    {"name": "editor", "phase": "Failed"},
]
ENDED = {
    "startTime": "2026-03-17T10:00:00Z",
    "completionTime": "2026-03-17T10:00:45Z",
    "totalTokenUsage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
    "totalCostUSD": 0.25,
    "steps": STEPS,
    "xUnknown": {"count": 1, "nested": {"a": [1, 2]}},
}
PHASES: tuple[dict[str, Any], ...] = (
    {},
    {"phase": "Running", "startTime": "2026-03-17T10:00:00Z", "steps": [{"name": "s", "phase": "Running"}]},
    {"phase": "Succeeded", "output": "x", **ENDED},
    {"phase": "Failed", **ENDED},
)
NOBODY = "nobody"
"""A user who may create runs but not restore them."""


class Arena:
    """A namespace of stored runs, and their original objects."""

    def __init__(
        self, control_plane: ControlPlane, installed: Installation, namespace: str, *, foreign: bool = False
    ) -> None:
        self._foreign = foreign
        self.control_plane = control_plane
        self.installed = installed
        self.namespace = namespace
        self.originals: dict[str, dict[str, Any]] = {}

    def fill(self, copies: int) -> None:
        """Create stamped runs, and runs that no webhook has seen."""
        self._create_namespace()
        for name, spec in TEAMS.items():
            self._create(TEAM_PLURAL, {**_manifest(TEAM_KIND, name), "spec": spec})
        for number in range(copies):
            for team in TEAMS:
                run = f"{team}-{number}"
                self._create(RUN_PLURAL, {**_manifest(RUN_KIND, run), "spec": {"teamRef": team}})
                self._finish(run, number)
        for number in range(copies):
            self._create(RUN_PLURAL, _restored(f"restored-{number}"))
            self._finish(f"restored-{number}", number)
        self._opt_out("off")
        for number in range(copies):
            old = {**_manifest(RUN_KIND, f"old-{number}"), "spec": {"teamRef": "blog", "input": {"a": "1"}}}
            self._create(RUN_PLURAL, old)
        self._opt_out("on")
        listed = self._call("GET", self.path(RUN_PLURAL))
        self.originals = {item["metadata"]["name"]: item for item in listed["items"]}

    def path(self, plural: str, name: str = "") -> str:
        """Return the path of a collection or an object."""
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{plural}{name and '/'}{name}"

    def remove_rules_and_policies(self) -> None:
        """Remove all policies and CRD rules, so that only the webhook protects the runs."""
        self.control_plane.kubectl("delete", "validatingadmissionpolicybinding", "--all")
        if not self._foreign:
            documents = yaml.safe_dump_all([_without_rules(crd) for crd in committed_crds()])
            apply = ("apply", "--server-side", "--force-conflicts", "-f", "-")
            self.control_plane.kubectl(*apply, input=documents)
        self._until_refused_by("denied the request")

    def remove_webhook(self) -> None:
        """Stop the webhook and delete its configurations: only CRDs and policies protect the runs."""
        self.installed.stop_webhook()
        kinds = "mutatingwebhookconfiguration,validatingwebhookconfiguration"
        self.control_plane.kubectl("delete", kinds, "--all")
        self._until(lambda: "ValidatingAdmissionPolicy" in self._dry_run("blog").message)

    def restore_webhook(self) -> None:
        """Undo `remove_webhook`."""
        self.installed.install("upgrade")
        self.installed.start_webhook()

    def _until_refused_by(self, words: str) -> None:
        """Wait until a change of spec is refused in these words: a new CRD takes effect with a delay."""
        path = self.path(RUN_PLURAL, "blog-0")
        patch = json.dumps({"spec": {"maxTokens": 1}}).encode()

        def refused() -> bool:
            answer = self.control_plane.api.call("PATCH", path, patch, "application/merge-patch+json")
            causes = answer.json().get("details", {}).get("causes", ())
            reasons = [answer.message, *map(str, causes)]
            by_policy = any("ValidatingAdmissionPolicy" in reason for reason in reasons)
            return not by_policy and any(words in reason for reason in reasons)

        self._until(refused)

    @staticmethod
    def _until(reached: Callable[[], bool]) -> None:
        """Wait until the API server has observed a change of its configuration."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not reached():
            if time.monotonic() > deadline:
                raise TimeoutError("the API server did not act on the change in time")
            time.sleep(0.1)

    def _create_namespace(self) -> None:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self._call("POST", "/api/v1/namespaces", body)
        grant(self.control_plane, self.namespace, "create", NOBODY)

    def _opt_out(self, value: str) -> None:
        path, kind = f"/api/v1/namespaces/{self.namespace}", "application/merge-patch+json"
        self._call("PATCH", path, {"metadata": {"labels": {OPT_OUT: value}}}, kind)
        # The API server observes the label by a watch, so it takes effect with a delay.
        while (self._dry_run("nobody").status >= 400) != (value == "on"):
            time.sleep(0.05)

    def _dry_run(self, team: str) -> Answer:
        return self.installed.dry_run({"teamRef": team}, namespace=self.namespace)

    def _finish(self, run: str, number: int) -> None:
        kind, path = "application/merge-patch+json", self.path(RUN_PLURAL, run)
        if status := PHASES[number % len(PHASES)]:
            self._call("PATCH", f"{path}/status", {"status": status}, kind)
        if number % 5 == 4:
            self._call("PATCH", path, {"metadata": {"finalizers": ["arkonis.dev/hold"]}}, kind)
            self._call("DELETE", path)

    def _create(self, plural: str, body: dict[str, Any]) -> None:
        self._call("POST", self.path(plural), body)

    def _call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body).encode()
        answer = self.control_plane.api.call(method, path, data, kind)
        assert answer.status < 300, answer.body
        return answer.json()


def _restored(name: str) -> dict[str, Any]:
    """Build a record of a deleted team, as restored from a backup."""
    document = _manifest(RUN_KIND, name)
    document["metadata"] |= {
        "labels": {TEAM_LABEL: "gone"},
        "annotations": {RESTORED_ANNOTATION: "true"},
    }
    snapshot = {key: value for key, value in TEAMS["blog"].items() if key != "xUnknownOfTeam"}
    return {**document, "spec": {**snapshot, "teamRef": "gone", "teamGeneration": 4}}


@contextmanager
def arena(
    copies: int,
    namespace: str = "arena",
    values: Mapping[str, Any] | None = None,
    *,
    foreign: bool = False,
) -> Iterator[Arena]:
    """Start a control plane with the chart and its webhook, and fill a namespace with runs.

    With `foreign` the CRDs are permissive and have none of our rules.
    """
    selector = {"matchExpressions": [{"key": OPT_OUT, "operator": "NotIn", "values": ["off"]}]}
    with ControlPlane(progress=print) as control_plane:
        given = {"webhook.namespaceSelector": selector, **(values or {})}
        if foreign:
            install_foreign_crds(control_plane)
            given |= {"crds.arkruns.enabled": False, "crds.arkteams.enabled": False}
        with Installation(control_plane, values=given) as installed:
            made = Arena(control_plane, installed, namespace, foreign=foreign)
            made.fill(copies)
            yield made


def committed_crds() -> list[dict[str, Any]]:
    return [documents(file.read_text())[0] for file in sorted(CRDS.glob("*.yaml"))]


def _without_rules(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_rules(item) for item in node]
    if isinstance(node, dict):
        return {
            key: _without_rules(value) for key, value in node.items() if key != "x-kubernetes-validations"
        }
    return node


def _manifest(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}}
