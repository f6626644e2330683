"""`make node` and `make e2e`: build what is missing, make the namespaces, start a cluster in them.

python -m node              print a KUBECONFIG for other shells, wait for Ctrl-C
python -m node COMMAND …    run a command beside the cluster, end with its exit code
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from controlplane import ControlPlaneError
from controlplane.binaries import find, find_helm3, find_tools
from controlplane.processes import GUARD
from node import needs
from node.cgroups import cgroup
from node.images import Builder
from node.tools import ALL

WORKERS = 2
INTERRUPT_SECONDS = 10
NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def progress(line: str) -> None:
    """Say what happens; stdout belongs to what is asked for."""
    print(line, file=sys.stderr, flush=True)


def main(command: list[str]) -> int:
    """Return the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        needs.check()
        find(progress)
        find_helm3(progress)
        programs = find_tools(ALL, progress)
        images = Builder(progress).archives()
        home = Path(tempfile.mkdtemp(prefix="arkrun-node-"))
        try:
            (home / "tmp").mkdir()
            _link(home / "bin", list(programs.values()))
            with cgroup([f"node-{number}" for number in range(1, WORKERS + 1)]) as name:
                return _run_inside(home, name, images, command)
        finally:
            shutil.rmtree(home)
    except KeyboardInterrupt:
        return 130
    except ControlPlaneError as error:
        progress(str(error))
        return 1


def _run_inside(home: Path, cgroup_name: str, images: list[Path], command: list[str]) -> int:
    """Start the first process of the namespaces, and end it, and with it all of theirs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plan = {
            "home": str(home),
            "cgroup": cgroup_name,
            "workers": WORKERS,
            "images": [str(image) for image in images],
            "listener": listener.fileno(),
            "command": command,
        }
        guarded = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), _which(NAMESPACES[0])]
        inside = [sys.executable, "-m", "node.init", sys.executable, "-m", "node.inside", json.dumps(plan)]
        # What they write goes with their home, however they end.
        environment = {**os.environ, "TMPDIR": str(home / "tmp")}
        first = subprocess.Popen(
            [*guarded, *NAMESPACES[1:], *inside], env=environment, pass_fds=[listener.fileno()]
        )
        try:
            return first.wait()
        except KeyboardInterrupt:
            # The terminal has told them too: let them say how far they came.
            with suppress(subprocess.TimeoutExpired):
                first.wait(INTERRUPT_SECONDS)
            raise
        finally:
            first.kill()
            first.wait()


def _link(folder: Path, programs: list[Path]) -> None:
    folder.mkdir()
    for program in programs:
        (folder / program.name).symlink_to(program)


def _which(program: str) -> str:
    found = shutil.which(program)
    assert found is not None, program
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
