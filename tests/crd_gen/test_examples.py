"""The examples for kopf, kr8s and the plain client, run against the real API server."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controlplane import ControlPlane
from support.cluster.namespaces import create_namespace
from support.crd_gen_cli import crd_gen

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[2] / "crd-gen" / "examples"
CRDS = EXAMPLES / "crds"
SECONDS = 60.0
MANIFEST = {
    "apiVersion": "examples.example.com/v1",
    "kind": "Cache",
    "metadata": {"name": "from-kopf", "labels": {"owner": "team-a"}},
    "spec": {"engine": "redis", "replicas": 3},
}


def test_definition_of_the_examples_is_up_to_date() -> None:
    """The committed definition is the one of the models."""
    assert crd_gen(EXAMPLES, "check") == (0, "1 file is up to date\n", "")


@pytest.fixture(scope="module")
def server(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    """Install the kind of the examples."""
    control_plane.apply_crds(CRDS)
    yield control_plane
    control_plane.kubectl("delete", "-f", str(CRDS), "--ignore-not-found")


def environment(server: ControlPlane) -> dict[str, str]:
    """Return the environment of a program that uses the server."""
    return os.environ | {"KUBECONFIG": str(server.kubeconfig), "PYTHONDONTWRITEBYTECODE": "1"}


def output(server: ControlPlane, script: str, namespace: str) -> str:
    """Return what an example prints."""
    done = subprocess.run(
        [sys.executable, script, namespace],
        cwd=EXAMPLES,
        env=environment(server),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.cluster
def test_plain_client_creates_a_cache_that_keeps_its_engine(server: ControlPlane) -> None:
    """The server fills in the default, and refuses another engine."""
    printed = output(server, "plain_client.py", create_namespace(server))

    assert printed == (
        "from-the-client valkey 1\n"
        'Cache.examples.example.com "from-the-client" is invalid: spec.engine: Forbidden:'
        " a cache keeps its engine\n"
    )


@pytest.mark.cluster
def test_kr8s_creates_and_lists_caches(server: ControlPlane) -> None:
    """An object of kr8s is read with the model."""
    assert output(server, "kr8s_script.py", create_namespace(server)) == "from-kr8s redis 2\n"


@contextmanager
def operator(server: ControlPlane, namespace: str, log: Path) -> Iterator[None]:
    """Run the operator of the example in a namespace."""
    command = [sys.executable, "-m", "kopf", "run", "--standalone", "-n", namespace, "kopf_operator.py"]
    with log.open("w") as stream:
        process = subprocess.Popen(
            command, cwd=EXAMPLES, env=environment(server), stdout=stream, stderr=stream
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(SECONDS)


@pytest.mark.cluster
def test_kopf_operator_makes_a_cache_ready(server: ControlPlane, tmp_path: Path) -> None:
    """The operator reads the object with the model; kubectl shows the columns, one of them a label."""
    namespace = create_namespace(server)
    with operator(server, namespace, tmp_path / "log"):
        server.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(MANIFEST))
        deadline = time.monotonic() + SECONDS
        while (rows := columns(server, namespace)) != [["from-kopf", "redis", "Ready", "team-a"]]:
            assert time.monotonic() < deadline, f"{rows}\n{(tmp_path / 'log').read_text()}"
            time.sleep(0.2)


def columns(server: ControlPlane, namespace: str) -> list[list[str]]:
    """Return the rows that kubectl prints."""
    printed = server.kubectl("get", "caches", "-n", namespace, "--no-headers").stdout
    return [line.split() for line in printed.splitlines()]
