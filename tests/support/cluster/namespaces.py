"""Namespaces that only one test uses."""

import json
import uuid

from controlplane import ControlPlane

OPT_OUT = "arkrun-test/admission"


def create_namespace(control_plane: ControlPlane, labels: dict[str, str] | None = None) -> str:
    """Create a namespace with a name that no other test has."""
    name = f"test-{uuid.uuid4().hex[:10]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}
    answer = control_plane.api.call("POST", "/api/v1/namespaces", json.dumps(body).encode())
    assert answer.status == 201, answer.body
    return name
