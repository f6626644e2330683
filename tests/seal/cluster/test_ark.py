"""`ark verify` and `ark show` against stored runs, edited past every wall."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cli.program import ARK, Done
from controlplane import ControlPlane
from policies.builders import ended
from seal.cluster.environment import SealEnvironment, create, wait_for_seals, write_status
from support.cluster.resources import Resource

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def runs(ours: SealEnvironment) -> Resource:
    """Hold three sealed runs: one as it was, one edited in etcd, one that lost its seals."""
    found = ours.runs()
    with ours.sealer():
        for name in ("good", "edited", "stripped"):
            create(found, name)
            write_status(found, ended("Succeeded"), name)
            wait_for_seals(found, (True, True), name)
    ours.edit(found, "edited", lambda run: run["status"].update(output="x"))
    ours.edit(found, "stripped", lambda run: run["metadata"].pop("annotations"))
    return found


@pytest.fixture
def namespace(runs: Resource) -> str:
    """Return the namespace of the runs."""
    found: str = runs.get("good").json()["metadata"]["namespace"]
    return found


def ark(control_plane: ControlPlane, *arguments: str, kubeconfig: Path | None = None) -> Done:
    """Run `ark`, as an administrator unless a kubeconfig is given."""
    environment = control_plane.environment(kubeconfig)
    return subprocess.run(
        [ARK, *arguments],
        env={**environment, "PATH": f"{Path(ARK).parent}{os.pathsep}{os.defpath}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("good", 0, ": verified\n"),
        ("edited", 1, "  status    altered: differs from what was sealed, sealed "),
        ("stripped", 2, ": not sealed\n"),
        ("absent", 2, 'arkruns.arkonis.dev "absent" not found'),
    ],
)
def test_a_run_is_verified_in_the_cluster(
    ours: SealEnvironment, namespace: str, name: str, code: int, line: str
) -> None:
    """With the public keys that the cluster publishes."""
    done = ark(ours.control_plane, "verify", name, "-n", namespace)

    assert done.returncode == code
    assert line in done.stdout + done.stderr


def test_all_runs_of_a_namespace_are_verified(ours: SealEnvironment, namespace: str) -> None:
    """The worst of them decides."""
    done = ark(ours.control_plane, "verify", "--all", "-n", namespace)

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "3 runs: 1 verified, 1 not sealed, 1 altered"


def test_ark_show_and_its_page_name_the_state(ours: SealEnvironment, namespace: str, tmp_path: Path) -> None:
    """In one line."""
    page = tmp_path / "page.html"
    for name, line in (
        ("good", "seal: verified"),
        ("edited", "seal: altered: status differs from what was sealed"),
        ("stripped", "seal: not sealed"),
    ):
        shown = ark(ours.control_plane, "show", name, "-n", namespace)
        written = ark(ours.control_plane, "show", name, "-n", namespace, "--web", str(page))
        assert (shown.returncode, written.returncode) == (0, 0)
        assert line in shown.stdout
        assert line in page.read_text()


def test_without_a_permission_nobody_can_tell(ours: SealEnvironment, namespace: str) -> None:
    """Everybody who is authenticated reads the keys, but not the runs."""
    kubeconfig = ours.control_plane.user_kubeconfig("stranger")

    done = ark(ours.control_plane, "verify", "good", "-n", namespace, kubeconfig=kubeconfig)

    assert done.returncode == 2
    assert done.stderr.startswith(
        'error: arkruns.arkonis.dev "good" is forbidden: User "stranger" cannot get'
    )


def test_another_config_map_must_exist(ours: SealEnvironment, namespace: str) -> None:
    """The message says how keys are named."""
    done = ark(ours.control_plane, "verify", "good", "-n", namespace, "--keys-from", "default/none")

    assert done.returncode == 2
    assert done.stderr == (
        'error: no public keys: configmaps "none" not found: name the ConfigMap with '
        "--keys-from NAMESPACE/NAME, or files with --keys\n"
    )


def test_an_export_is_verified_offline(ours: SealEnvironment, namespace: str, tmp_path: Path) -> None:
    """What kubectl exports as JSON and as YAML, with the ConfigMap as kubectl exports it."""
    kubectl = ours.control_plane.kubectl
    keys = tmp_path / "keys.json"
    keys.write_text(
        kubectl("get", "configmap", "arkrun-seal-keys", "-n", "arkrun-system", "-o", "json").stdout
    )
    for output in ("json", "yaml"):
        file = tmp_path / f"run.{output}"
        file.write_text(kubectl("get", "arkrun", "good", "-n", namespace, "-o", output).stdout)
        done = ark(ours.control_plane, "verify", "-f", str(file), "--keys", str(keys), "-o", "json")
        assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "verified")
