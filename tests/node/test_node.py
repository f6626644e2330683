"""A cluster with real nodes: what a command beside it gets, and that nothing of it is left."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from node.cgroups import PREFIX, ROOT

pytestmark = pytest.mark.node

TESTS = Path(__file__).resolve().parents[1]


def started(*command: str) -> subprocess.Popen[str]:
    """Start a cluster and a command beside it."""
    return subprocess.Popen(
        [sys.executable, "-m", "node", *command],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    )


def remains() -> list[Path]:
    """Give folders and cgroups of clusters; a cgroup with a process in it could not have been removed."""
    homes = Path(tempfile.gettempdir()).glob("arkrun-node-*")
    return [*homes, *ROOT.glob(f"{PREFIX}*"), *ROOT.glob(f"*/{PREFIX}*")]


def test_a_command_runs_beside_the_cluster_and_gives_the_exit_code() -> None:
    """It has a KUBECONFIG and two images, sees no process of the host, and nothing is left after it."""
    before = remains()
    script = 'echo "$IMAGE $NEXT_IMAGE"; test -r "$KUBECONFIG" && ls -d /proc/[0-9]* | wc -l; exit 7'

    with started("sh", "-c", script) as process:
        printed, _ = process.communicate()

    assert process.returncode == 7
    images, processes = printed.splitlines()
    assert images == "localhost/arkrun:one localhost/arkrun:two"
    assert int(processes) < 20
    assert remains() == before


def test_a_shell_outside_reaches_the_nodes_and_a_signal_ends_all_of_it() -> None:
    """`make node` prints two lines to paste; by them kubectl finds two nodes with pods' logs in reach."""
    before = remains()
    with started() as process:
        assert process.stdout is not None
        exports = process.stdout.readline() + process.stdout.readline()
        nodes = "kubectl get nodes -o name && kubectl get --raw /api/v1/nodes/node-2/proxy/healthz"
        shell = subprocess.run(["sh", "-c", exports + nodes], capture_output=True, text=True, check=False)
        process.send_signal(signal.SIGTERM)

    assert (shell.stdout, shell.stderr) == ("node/node-1\nnode/node-2\nok", "")
    assert process.returncode == 128 + signal.SIGTERM
    assert remains() == before
