"""Manifests of runs can be applied repeatedly, as GitOps tools do."""

import json
from typing import Any

import pytest

from controlplane import ControlPlane
from support.builders.objects import run, team
from support.cluster.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

FILES: dict[str, dict[str, Any]] = {
    "an input": {"input": {"topic": "cats"}},
    "an empty input": {"input": {}},
    "its own limits": {"timeoutSeconds": 5, "maxTokens": 7, "output": "x"},
    "explicit zeros": {"maxTokens": 0, "timeoutSeconds": 0, "output": ""},
    "an agent": {"teamRef": None, "agent": "billing", "prompt": "Say hello."},
}
APPLY_FLAGS = {
    "client-side": (),
    "server-side": ("--server-side",),
}


@pytest.mark.parametrize("mode", APPLY_FLAGS)
@pytest.mark.parametrize("file", FILES)
def test_applying_a_file_again_changes_nothing(
    admission: Installation, control_plane: ControlPlane, namespace: str, file: str, mode: str
) -> None:
    """The stamp is not in the file, yet the second apply neither removes it nor is refused."""
    limits: dict[str, Any] = {"timeoutSeconds": 60, "maxTokens": 9000, "output": "{{ .steps.a.output }}"}
    blog = team(roles=[{"name": "a"}], pipeline=[{"role": "a"}], input={"tone": "dry"}, **limits)
    kubectl(control_plane, namespace, "apply", "-f", "-", document=blog)
    document = run(**FILES[file])
    document["spec"] = {name: value for name, value in document["spec"].items() if value is not None}
    kubectl(control_plane, namespace, "apply", *APPLY_FLAGS[mode], "-f", "-", document=document)
    before = stored(control_plane, namespace)
    again = kubectl(control_plane, namespace, "apply", *APPLY_FLAGS[mode], "-f", "-", document=document)
    kubectl(
        control_plane,
        namespace,
        "apply",
        "-f",
        "-",
        document={**blog, "spec": {**blog["spec"], "output": "o"}},
    )
    kubectl(control_plane, namespace, "apply", *APPLY_FLAGS[mode], "-f", "-", document=document)

    assert stored(control_plane, namespace) == before
    assert {name: before[name] for name in document["spec"] if name != "input"} == {
        name: value for name, value in document["spec"].items() if name != "input"
    }
    assert again.split()[-1] == ("unchanged" if mode == "client-side" else "serverside-applied")
    assert admission.url


def stored(control_plane: ControlPlane, namespace: str) -> dict[str, Any]:
    stored_json = kubectl(control_plane, namespace, "get", "arkrun", "run-1", "-o", "json")
    spec: dict[str, Any] = json.loads(stored_json)["spec"]
    return spec


def kubectl(control_plane: ControlPlane, namespace: str, *arguments: str, document: Any = None) -> str:
    """Run a kubectl command that must succeed."""
    text = None if document is None else json.dumps(document)
    return control_plane.kubectl("-n", namespace, *arguments, input=text).stdout
