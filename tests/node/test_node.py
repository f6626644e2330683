"""A cluster with real nodes: commands with access to it, and its cleanup."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.cgroups import PREFIX, ROOT
from support.repository import TESTS

pytestmark = pytest.mark.node


def started(directory: Path, *command: str) -> subprocess.Popen[str]:
    """Start a cluster with its files in the directory, and run a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "node", *command],
        env={**os.environ, "PYTHONPATH": str(TESTS), "TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        text=True,
    )


def remains(directory: Path, process: subprocess.Popen[str]) -> list[Path]:
    """Return the remaining files and cgroups; a cgroup with a process cannot be removed."""
    name = f"{PREFIX}{process.pid}"
    return [*directory.iterdir(), *ROOT.glob(name), *ROOT.glob(f"*/{name}")]


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    """The command has a KUBECONFIG and two images and sees no process of the host; nothing remains."""
    script = 'echo "$IMAGE $NEXT_IMAGE"; test -r "$KUBECONFIG" && ls -d /proc/[0-9]* | wc -l; exit 7'

    with started(tmp_path, "sh", "-c", script) as process:
        printed, _ = process.communicate()

    assert process.returncode == 7
    images, processes = printed.splitlines()
    assert images == "localhost/arkrun:one localhost/arkrun:two"
    assert int(processes) < 20
    assert remains(tmp_path, process) == []


def test_the_host_reaches_the_nodes_and_a_signal_ends_the_cluster(tmp_path: Path) -> None:
    """With the exports of `make node`, kubectl reaches both nodes and a kubelet; SIGTERM stops everything."""
    with started(tmp_path) as process:
        assert process.stdout is not None
        exports = process.stdout.readline() + process.stdout.readline()
        nodes = "kubectl get nodes -o name && kubectl get --raw /api/v1/nodes/node-2/proxy/healthz"
        shell = subprocess.run(["sh", "-c", exports + nodes], capture_output=True, text=True, check=False)
        process.send_signal(signal.SIGTERM)

    assert (shell.stdout, shell.stderr) == ("node/node-1\nnode/node-2\nok", "")
    assert process.returncode == 128 + signal.SIGTERM
    assert remains(tmp_path, process) == []
