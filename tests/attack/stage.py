"""A control plane with our CRDs, our webhook as a process, and configurations that point at it."""

import base64
import json
import socket
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trustme
import yaml

from controlplane import ControlPlane, Process

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("arkrun-webhook")
READY_SECONDS = 30.0
CONFIGURATION = "arkrun-stage"

# The same condition as in the chart: ordinary writes never reach the webhook.
CONDITION = (
    "request.operation != 'UPDATE' || object.?spec != oldObject.?spec || "
    "object.metadata.?labels[?'arkonis.dev/team'] != oldObject.metadata.?labels[?'arkonis.dev/team']"
)


class Stage:
    """The webhook beside a control plane; `stop`, `start` and `rules` change what stands in the way.

    `directory` takes the certificate and the log. The process listens on one port for all its lives.
    """

    def __init__(self, control_plane: ControlPlane, directory: Path, **environment: str) -> None:
        self.control_plane = control_plane
        self._authority = trustme.CA()
        self._write_pair(directory)
        self.port = _free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = directory / "webhook.log"
        self._process = Process(
            "arkrun-webhook",
            [PROGRAM, "serve"],
            log=self.log,
            environment={
                **control_plane.environment(),
                "ARKRUN_HOST": "127.0.0.1",
                "ARKRUN_PORT": str(self.port),
                "ARKRUN_CERT_MODE": "files",
                "ARKRUN_CERT_DIR": str(directory),
                "ARKRUN_DRAIN_SECONDS": "0",
                **environment,
            },
        )
        self.context = ssl.create_default_context()
        self._authority.configure_trust(self.context)

    def _write_pair(self, directory: Path) -> None:
        pair = self._authority.issue_cert("127.0.0.1", "localhost")
        (directory / "ca.crt").write_bytes(self._authority.cert_pem.bytes())
        (directory / "tls.crt").write_bytes(b"".join(part.bytes() for part in pair.cert_chain_pems))
        (directory / "tls.key").write_bytes(pair.private_key_pem.bytes())

    @property
    def pid(self) -> int:
        """The process id of the webhook."""
        assert self._process.pid is not None
        return self._process.pid

    def start(self) -> None:
        """Run the webhook; returns once it is ready."""
        self._process.start()
        self._process.wait_until(self.ready, seconds=READY_SECONDS)

    def stop(self) -> None:
        """End the webhook."""
        self._process.stop()

    def ready(self) -> bool:
        """Ask /readyz."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", context=self.context, timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False

    def metrics(self) -> str:
        """Read /metrics."""
        with urllib.request.urlopen(f"{self.url}/metrics", context=self.context, timeout=5) as answer:
            return str(answer.read().decode())

    def configure(self, *, mutating: bool = True, validating: bool = True) -> None:
        """Put the webhook configurations in place, or take them away."""
        self._configuration("Mutating", [self._hook("mutate.arkruns", "arkruns", ["CREATE"])], mutating)
        judged = [
            self._hook("validate.arkruns", "arkruns", ["CREATE", "UPDATE"], CONDITION),
            self._hook("validate.arkteams", "arkteams", ["CREATE", "UPDATE"]),
        ]
        self._configuration("Validating", judged, validating)

    def _configuration(self, kind: str, hooks: list[dict[str, Any]], wanted: bool) -> None:
        document = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": f"{kind}WebhookConfiguration",
            "metadata": {"name": CONFIGURATION},
            "webhooks": hooks,
        }
        verb = ("apply",) if wanted else ("delete", "--ignore-not-found")
        self.control_plane.kubectl(*verb, "-f", "-", input=json.dumps(document))

    def _hook(self, name: str, plural: str, operations: list[str], condition: str = "") -> dict[str, Any]:
        path = f"/{name.replace('.', '/')}"
        bundle = self._authority.cert_pem.bytes()
        hook: dict[str, Any] = {
            "name": f"{name}.arkonis.dev",
            "admissionReviewVersions": ["v1"],
            "clientConfig": {"url": self.url + path, "caBundle": _base64(bundle)},
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "timeoutSeconds": 5,
            "namespaceSelector": {
                "matchExpressions": [{"key": "arkrun-test/admission", "operator": "NotIn", "values": ["off"]}]
            },
            "rules": [
                {
                    "apiGroups": ["arkonis.dev"],
                    "apiVersions": ["v1alpha1"],
                    "resources": [plural],
                    "operations": operations,
                }
            ],
        }
        if condition:
            hook["matchConditions"] = [{"name": "record-changed", "expression": condition}]
        return hook


def committed_crds() -> list[dict[str, Any]]:
    """Read the project's CRDs."""
    files = sorted((ROOT / "crd-gen" / "crds").glob("*.yaml"))
    return [yaml.safe_load(file.read_text()) for file in files]


def without_rules(node: Any) -> Any:
    """Strip every CEL rule from a CRD, so that the webhook stands alone."""
    if isinstance(node, list):
        return [without_rules(item) for item in node]
    if isinstance(node, dict):
        return {key: without_rules(value) for key, value in node.items() if key != "x-kubernetes-validations"}
    return node


def foreign_crds() -> list[dict[str, Any]]:
    """CRDs as another operator might ship them: anything goes, nothing is pruned."""
    return [_foreign_crd("ArkRun", "arkruns"), _foreign_crd("ArkTeam", "arkteams")]


def _foreign_crd(kind: str, plural: str) -> dict[str, Any]:
    loose: Mapping[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": loose, "status": loose}}},
    }
    names = {"kind": kind, "plural": plural, "singular": kind.lower()}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.arkonis.dev"},
        "spec": {"group": "arkonis.dev", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def apply_crds(control_plane: ControlPlane, crds: list[dict[str, Any]]) -> None:
    """Apply CRDs and wait until they are served."""
    documents = yaml.safe_dump_all(crds)
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=documents)
    names = [f"crd/{crd['metadata']['name']}" for crd in crds]
    control_plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", *names)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
