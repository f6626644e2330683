"""`ark` against the test's control plane."""

import os
import subprocess
from pathlib import Path

import pytest

from cli.program import ARK, Ark, Done
from controlplane import ControlPlane


@pytest.fixture
def environment(control_plane: ControlPlane) -> dict[str, str]:
    """Return the environment of the control plane, with our programs first in the PATH."""
    found = control_plane.environment()
    return {**found, "PATH": f"{Path(ARK).parent}{os.pathsep}{found['PATH']}"}


@pytest.fixture
def ark(environment: dict[str, str]) -> Ark:
    """Return a function that runs `ark`."""

    def run(*arguments: str, stdin: str = "") -> Done:
        return subprocess.run(
            [ARK, *arguments],
            input=stdin,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
