"""What is attacked: runs of every kind of team, in every phase, some old, some on their way out."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_PLURAL, VERSION
from controlplane import ControlPlane
from installation import Installation

CRDS = Path(__file__).resolve().parents[2] / "crd-gen" / "crds"
PATIENCE_SECONDS = 30.0
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
PHASES: tuple[dict[str, Any], ...] = (
    {},
    {"phase": "Running", "startTime": "2026-03-17T10:00:00Z", "steps": [{"name": "s", "phase": "Running"}]},
)


class Arena:
    """One namespace of stored runs, and how each of them looked in the beginning."""

    def __init__(self, control_plane: ControlPlane, installed: Installation, namespace: str) -> None:
        self.control_plane = control_plane
        self.installed = installed
        self.namespace = namespace
        self.originals: dict[str, dict[str, Any]] = {}

    def fill(self, copies: int) -> None:
        """Create the runs: stamped ones, and old ones that no webhook has seen."""
        self._create_namespace()
        for name, spec in TEAMS.items():
            self._create(TEAM_PLURAL, {**_head(TEAM_KIND, name), "spec": spec})
        for number in range(copies):
            for team in TEAMS:
                run = f"{team}-{number}"
                self._create(RUN_PLURAL, {**_head(RUN_KIND, run), "spec": {"teamRef": team}})
                self._finish(run, number)
        self._opt_out("off")
        for number in range(copies):
            old = {**_head(RUN_KIND, f"old-{number}"), "spec": {"teamRef": "blog", "input": {"a": "1"}}}
            self._create(RUN_PLURAL, old)
        self._opt_out("on")
        listed = self._call("GET", self.path(RUN_PLURAL))
        self.originals = {item["metadata"]["name"]: item for item in listed["items"]}

    def path(self, plural: str, name: str = "") -> str:
        """Give the path of a collection or an object."""
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{plural}{name and '/'}{name}"

    def strip_rules(self) -> None:
        """Take every CEL rule out of the CRDs; the webhook then stands alone."""
        documents = yaml.safe_dump_all([_without_rules(crd) for crd in committed_crds()])
        self.control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=documents)
        self._until_refused_by("denied the request")

    def _until_refused_by(self, words: str) -> None:
        """Wait until a change of a spec is refused in these words: a new CRD takes a moment to be served."""
        path = self.path(RUN_PLURAL, "blog-0")
        patch = json.dumps({"spec": {"maxTokens": 1}}).encode()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self.control_plane.api.call("PATCH", path, patch, "application/merge-patch+json")
            details = answer.json().get("details", {})
            if words in answer.message or any(words in str(cause) for cause in details.get("causes", ())):
                return
            time.sleep(0.1)
        raise TimeoutError(f"a change was not refused with {words!r}: {answer.body!r}")

    def _create_namespace(self) -> None:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self._call("POST", "/api/v1/namespaces", body)

    def _opt_out(self, value: str) -> None:
        path, kind = f"/api/v1/namespaces/{self.namespace}", "application/merge-patch+json"
        self._call("PATCH", path, {"metadata": {"labels": {OPT_OUT: value}}}, kind)
        # The API server sees the label by a watch, so it may take a moment until it acts on it.
        probe = {**_head(RUN_KIND, "probe"), "spec": {"teamRef": "nobody"}}
        while self._refused(probe) != (value == "on"):
            time.sleep(0.05)

    def _refused(self, body: dict[str, Any]) -> bool:
        path = f"{self.path(RUN_PLURAL)}?dryRun=All"
        return self.control_plane.api.call("POST", path, json.dumps(body).encode()).status >= 400

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


@contextmanager
def arena(copies: int, namespace: str = "arena", values: Mapping[str, Any] | None = None) -> Iterator[Arena]:
    """Start a control plane with the chart and its webhook, and fill a namespace with runs."""
    selector = {"matchExpressions": [{"key": OPT_OUT, "operator": "NotIn", "values": ["off"]}]}
    with ControlPlane(progress=print) as control_plane:
        given = {"webhook.namespaceSelector": selector, **(values or {})}
        with Installation(control_plane, values=given) as installed:
            made = Arena(control_plane, installed, namespace)
            made.fill(copies)
            yield made


def committed_crds() -> list[dict[str, Any]]:
    """Read the project's CRDs."""
    return [yaml.safe_load(file.read_text()) for file in sorted(CRDS.glob("*.yaml"))]


def _without_rules(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_rules(item) for item in node]
    if isinstance(node, dict):
        return {
            key: _without_rules(value) for key, value in node.items() if key != "x-kubernetes-validations"
        }
    return node


def _head(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}}
