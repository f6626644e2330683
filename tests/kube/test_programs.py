"""E1 and E3 for every program: an impersonated user's rights count, and a plugin that fails is an error."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builders_kube import write
from controlplane import ControlPlane

pytestmark = pytest.mark.cluster

FOLDER = Path(sys.executable).parent
PROGRAMS = {
    "ark": ["ark", "runs", "-n", "NS"],
    "history": ["arkrun-history", "run", "--once", "--namespace=NS", "--lease-namespace=NS", "--port=0",
                "--host=127.0.0.1"],
    "history, dry": ["arkrun-history", "run", "--once", "--dry-run", "--namespace=NS", "--port=0",
                     "--host=127.0.0.1"],
    "certs": ["arkrun-certs", "status", "--namespace=NS", "--secret=certs"],
    "check": ["python", "-m", "arkrun_webhook.check", "NS", "0"],
}  # fmt: skip


def run(
    program: str, namespace: str, control_plane: ControlPlane, kubeconfig: Path
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    name, *arguments = (part.replace("NS", namespace) for part in PROGRAMS[program])
    environment = control_plane.environment(kubeconfig)
    return subprocess.run(
        [FOLDER / name, *arguments],
        env={**environment, "PATH": f"{FOLDER}:{environment['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def admin(control_plane: ControlPlane, folder: Path, user: Any) -> Path:
    """Write the admin's kubeconfig with this in place of, or beside, the admin's own credential."""
    config = json.loads(control_plane.kubeconfig.read_text())
    config["users"][0]["user"] = {**config["users"][0]["user"], **user} if "as" in user else user
    return write(folder / "config", config)


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("ark", 1, ('Error from server (Forbidden): arkruns.arkonis.dev is forbidden: User "alice" cannot list '
                   'resource "arkruns" in API group "arkonis.dev" in the namespace "NS"')),
        ("history", 1, ("arkrun-history: cannot work: GET /apis/coordination.k8s.io/v1/namespaces/NS/leases/"
                       "arkrun-history: the API server refused with 403: leases.coordination.k8s.io "
                       '"arkrun-history" is forbidden: User "alice" cannot get resource "leases" in API group '
                       '"coordination.k8s.io" in the namespace "NS"')),
        ("history, dry", 1, ("arkrun-history: cannot work: GET /apis/arkonis.dev/v1alpha1/namespaces/NS/arkruns: "
                            "the API server refused with 403: arkruns.arkonis.dev is forbidden: "
                            'User "alice" cannot list resource "arkruns" in API group "arkonis.dev" in the '
                            'namespace "NS"')),
        ("certs", 1, ("arkrun-certs: GET /api/v1/namespaces/NS/secrets/certs: the API server refused with 403: "
                     'secrets "certs" is forbidden: User "alice" cannot get resource "secrets" in API group "" '
                     'in the namespace "NS"')),
        ("check", 1, ("arkrun: after 0 s the API server still does not ask the webhook: the check itself was "
                     "refused, its ServiceAccount may not create here: arkruns.arkonis.dev is forbidden: "
                     'User "alice" cannot create resource "arkruns" in API group "arkonis.dev" in the '
                     'namespace "NS"')),
    ],
)  # fmt: skip
def test_the_impersonated_users_rights_count(
    crds: ControlPlane, namespace: str, tmp_path: Path, program: str, code: int, said: str
) -> None:
    """The admin could do all of it."""
    file = admin(crds, tmp_path, {"as": "alice"})

    done = run(program, namespace, crds, file)

    assert (done.returncode, done.stderr.splitlines()[-1:]) == (code, [said.replace("NS", namespace)])


@pytest.mark.parametrize(
    ("program", "begin"),
    [
        ("ark", "error: "),
        ("history", "arkrun-history: cannot work: "),
        ("history, dry", "arkrun-history: cannot work: "),
        ("certs", "arkrun-certs: "),
        ("check", "arkrun: after 0 s the API server still does not ask the webhook: "),
    ],
)
def test_a_plugin_that_fails_is_an_error(
    control_plane: ControlPlane, namespace: str, tmp_path: Path, program: str, begin: str
) -> None:
    """One sentence, and nobody is asked as anonymous."""
    version = "client.authentication.k8s.io/v1"
    plugin = {"apiVersion": version, "command": "no-such-plugin", "interactiveMode": "Never"}
    file = admin(control_plane, tmp_path, {"exec": plugin})

    done = run(program, namespace, control_plane, file)

    assert (done.returncode, done.stderr) == (
        1,
        (
            f'{begin}the exec plugin "no-such-plugin" of user "admin" in kubeconfig "{file}" does not exist in the '
            "PATH: install it, or correct the command\n"
        ),
    )
