"""The requirements of a node, and an error that names what is missing."""

import os
import shutil
import subprocess
import sys

from controlplane import ControlPlaneError
from node.programs.tools import PACKAGES

NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


class UnfitMachineError(ControlPlaneError):
    """No node can run on this machine."""


def check() -> None:
    """Raise UnfitMachineError with everything that is missing and the way out."""
    missing = list(_missing())
    if missing:
        raise UnfitMachineError(
            f"A node cannot run on this machine, which lacks {'; '.join(missing)}. Where that cannot be had, "
            "run the same tests on a cluster of yours: make e2e KUBECONFIG=… IMAGE=…"
        )


def _missing() -> list[str]:
    if sys.platform != "linux":
        return ["Linux"]
    if os.geteuid() != 0:
        return ["root, which namespaces and cgroups are for"]
    packages = [name for name, program in PACKAGES.items() if shutil.which(program) is None]
    if packages:
        return [f"programs of Debian's packages (apt-get install {' '.join(packages)})"]
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return [f"namespaces ({tried.stderr.strip()})"] if tried.returncode else []
