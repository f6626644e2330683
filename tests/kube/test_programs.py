"""Every program of ours: impersonation applies, and a plugin that fails is an error."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controlplane import ControlPlane
from support.builders.kubeconfigs import write

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

FOLDER = Path(sys.executable).parent
ONCE = ["arkrun-history", "run", "--once", "--namespace=NS", "--host=127.0.0.1", "--port=0"]
PROGRAMS = {
    "ark": ["ark", "runs", "-n", "NS"],
    "history": [*ONCE, "--lease-namespace=NS"],
    "history, dry": [*ONCE, "--dry-run"],
    "certs": ["arkrun-certs", "status", "--namespace=NS", "--secret=certs"],
    "check": ["python", "-m", "arkrun_webhook.check", "NS", "0"],
}
ASKED = {
    "ark": "Error from server (Forbidden): ",
    "history": (
        "arkrun-history: cannot run: GET /apis/coordination.k8s.io/v1/namespaces/NS/leases/arkrun-history: "
        "the API server refused with 403: "
    ),
    "history, dry": (
        "arkrun-history: cannot run: GET /apis/arkonis.dev/v1alpha1/namespaces/NS/arkruns: "
        "the API server refused with 403: "
    ),
    "certs": ("arkrun-certs: GET /api/v1/namespaces/NS/secrets/certs: the API server refused with 403: "),
    "check": (
        "arkrun: after 0 s the API server still does not call the webhook: the check was refused, "
        "its ServiceAccount may not create runs and teams here: "
    ),
}
RUNS = (
    'arkruns.arkonis.dev is forbidden: User "alice" cannot {} resource "arkruns" in API group "arkonis.dev"'
)
FORBIDDEN = {
    "ark": RUNS.format("list"),
    "history": (
        'leases.coordination.k8s.io "arkrun-history" is forbidden: User "alice" cannot get resource "leases" '
        'in API group "coordination.k8s.io"'
    ),
    "history, dry": RUNS.format("list"),
    "certs": 'secrets "certs" is forbidden: User "alice" cannot get resource "secrets" in API group ""',
    "check": RUNS.format("create"),
}
BROKEN = {
    "ark": "error: ",
    "history": "arkrun-history: cannot run: ",
    "history, dry": "arkrun-history: cannot run: ",
    "certs": "arkrun-certs: ",
    "check": "arkrun: after 0 s the API server still does not call the webhook: ",
}


def run(program: str, namespace: str, control_plane: ControlPlane, kubeconfig: Path) -> tuple[int, str]:
    """Run a program to its end; returns its exit code and the last line of what it said."""
    name, *arguments = (part.replace("NS", namespace) for part in PROGRAMS[program])
    done = subprocess.run(
        [FOLDER / name, *arguments],
        env=control_plane.environment(kubeconfig),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr.splitlines()[-1]


def kubeconfig(control_plane: ControlPlane, folder: Path, user: Any) -> Path:
    """Write the admin's kubeconfig with another user entry."""
    config = json.loads(control_plane.kubeconfig.read_text())
    config["users"][0]["user"] = user
    return write(folder / "config", config)


@pytest.mark.parametrize("program", PROGRAMS)
def test_permissions_are_those_of_the_impersonated_user(
    crds: ControlPlane, namespace: str, tmp_path: Path, program: str
) -> None:
    """The admin in the kubeconfig has all of them."""
    admin = json.loads(crds.kubeconfig.read_text())["users"][0]["user"]
    file = kubeconfig(crds, tmp_path, {**admin, "as": "alice"})

    said = f'{ASKED[program]}{FORBIDDEN[program]} in the namespace "NS"'.replace("NS", namespace)
    assert run(program, namespace, crds, file) == (1, said)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_plugin_that_fails_is_an_error(
    control_plane: ControlPlane, namespace: str, tmp_path: Path, program: str
) -> None:
    """One sentence, and nobody is asked as anonymous."""
    version = "client.authentication.k8s.io/v1"
    plugin = {"apiVersion": version, "command": "no-such-plugin", "interactiveMode": "Never"}
    file = kubeconfig(control_plane, tmp_path, {"exec": plugin})

    said = (
        f'{BROKEN[program]}the exec plugin "no-such-plugin" of user "admin" in kubeconfig "{file}" '
        "does not exist in the PATH: install it, or correct the command"
    )
    assert run(program, namespace, control_plane, file) == (1, said)
