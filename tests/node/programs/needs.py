"""The requirements of a node, and an error that names what is missing."""

import os
import shutil
import subprocess
import sys

from controlplane import ControlPlaneError
from node.programs.tools import PACKAGES

NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


class UnfitMachineError(ControlPlaneError):
    """This machine cannot run a node."""


def check() -> None:
    """Raise UnfitMachineError with everything that is missing and the alternative."""
    missing = list(_missing())
    if missing:
        raise UnfitMachineError(
            f"This machine cannot run a node; missing: {'; '.join(missing)}. Alternatively, "
            "run the same tests on your own cluster: make e2e KUBECONFIG=… IMAGE=…"
        )


def _missing() -> list[str]:
    if sys.platform != "linux":
        return ["Linux"]
    if os.geteuid() != 0:
        return ["root (for namespaces and cgroups)"]
    packages = [name for name, program in PACKAGES.items() if shutil.which(program) is None]
    if packages:
        return [f"programs of Debian packages (apt-get install {' '.join(packages)})"]
    tried = subprocess.run([*NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return [f"namespaces ({tried.stderr.strip()})"] if tried.returncode else []
