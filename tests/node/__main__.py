"""`make node` and `make e2e`: build missing programs and images, and start a cluster in new namespaces.

python -m node              print a KUBECONFIG for other shells, and wait for Ctrl-C
python -m node COMMAND …    run a command with access to the cluster, and exit with its code
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from controlplane import ControlPlaneError
from controlplane.processes import GUARD
from node.cgroups import cgroup
from node.prepare import prepare, say
from node.programs.needs import NAMESPACES

WORKERS = 2
INTERRUPT_SECONDS = 10


def main(command: list[str]) -> int:
    """Start the cluster and return the exit code."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        prepared = prepare(say)
        home = Path(tempfile.mkdtemp(prefix="arkrun-node-"))
        try:
            (home / "tmp").mkdir()
            (home / "bin").mkdir()
            for program in prepared.programs:
                (home / "bin" / program.name).symlink_to(program)
            with cgroup([f"node-{number}" for number in range(1, WORKERS + 1)]) as name:
                return _run_inside(home, name, prepared.images, command)
        finally:
            shutil.rmtree(home)
    except KeyboardInterrupt:
        return 130
    except ControlPlaneError as error:
        say(str(error))
        return 1


def _run_inside(home: Path, cgroup_name: str, images: Sequence[Path], command: list[str]) -> int:
    """Run the first process of the namespaces; all others end with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plan = {
            "home": str(home),
            "cgroup": cgroup_name,
            "workers": WORKERS,
            "images": [str(image) for image in images],
            "listener": listener.fileno(),
            "command": command,
        }
        unshare = str(shutil.which(NAMESPACES[0]))
        guarded = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), unshare]
        inside = [sys.executable, "-m", "node.init", sys.executable, "-m", "node.inside", json.dumps(plan)]
        # Temporary files are deleted with the home folder, even after a crash.
        environment = {**os.environ, "TMPDIR": str(home / "tmp")}
        first = subprocess.Popen(
            [*guarded, *NAMESPACES[1:], *inside], env=environment, pass_fds=[listener.fileno()]
        )
        try:
            return first.wait()
        except KeyboardInterrupt:
            # The processes have received Ctrl-C too: let them print their last messages.
            with suppress(subprocess.TimeoutExpired):
                first.wait(INTERRUPT_SECONDS)
            raise
        finally:
            first.kill()
            first.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
