"""A control plane with our CRDs, our webhook for one namespace and none for the other."""

import json
import ssl
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL, VERSION
from bench.payloads import team
from controlplane import ControlPlane
from installation import Installation

CRDS = Path(__file__).resolve().parents[2] / "crd-gen" / "crds"
ADMITTED, BARE = "admitted", "bare"
_OPT_OUT = "arkrun-bench/admission"
KILOBYTES = 7


class Site:
    """What is measured in: the same team in both namespaces."""

    def __init__(self, control_plane: ControlPlane, installed: Installation) -> None:
        self.control_plane = control_plane
        self.installed = installed
        self._names = 0
        self.team = team("mutate-create", KILOBYTES)

    def runs(self, namespace: str) -> str:
        """Give the path of a namespace's runs."""
        return f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{RUN_PLURAL}"

    def run(self, *, stamped: bool = True) -> dict[str, Any]:
        """Build a run with a name of its own: with the whole stamp, or with teamRef and input alone."""
        self._names += 1
        name, spec = self.team["metadata"]["name"], self.team["spec"]
        metadata: dict[str, Any] = {"name": f"run-{self._names}"}
        mine = {"teamRef": name, "input": {"topic": "attention"}}
        if stamped:
            metadata["labels"] = {TEAM_LABEL: name}
            mine["input"] = {"length": "800", "tone": "calm", "topic": "attention"}
            mine |= {key: spec[key] for key in ("pipeline", "roles", "output", "timeoutSeconds", "maxTokens")}
            mine["teamGeneration"] = 1
        return {"apiVersion": API_VERSION, "kind": RUN_KIND, "metadata": metadata, "spec": mine}

    def metrics(self) -> dict[str, float]:
        """Read the webhook's counters, labels and all."""
        path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
        hooks = self.control_plane.api.call("GET", path).json()["items"][0]["webhooks"]
        bundle = b64decode(hooks[0]["clientConfig"]["caBundle"]).decode()
        context = ssl.create_default_context(cadata=bundle)
        with urllib.request.urlopen(f"{self.installed.url}/metrics", context=context, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


@contextmanager
def site(progress: Callable[[str], None]) -> Iterator[Site]:
    """Start it; raises controlplane.ControlPlaneError."""
    off = {"matchExpressions": [{"key": _OPT_OUT, "operator": "NotIn", "values": ["off"]}]}
    values = {"crds.arkruns.enabled": False, "crds.arkteams.enabled": False, "webhook.namespaceSelector": off}
    with ControlPlane(progress=progress) as control_plane:
        control_plane.apply_crds(CRDS)
        with Installation(control_plane, values=values) as installed:
            made = Site(control_plane, installed)
            for name, labels in ((ADMITTED, {}), (BARE, {_OPT_OUT: "off"})):
                _namespace(made, name, labels)
            yield made


def _namespace(made: Site, name: str, labels: dict[str, str]) -> None:
    document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    own = {**made.team, "metadata": {"name": made.team["metadata"]["name"]}}
    teams = f"/apis/{GROUP}/{VERSION}/namespaces/{name}/{TEAM_PLURAL}"
    for path, body in (("/api/v1/namespaces", document), (teams, own)):
        answer = made.control_plane.api.call("POST", path, json.dumps(body).encode())
        assert answer.status == 201, answer.body
