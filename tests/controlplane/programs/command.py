"""Run a program with a timeout."""

import subprocess
from collections.abc import Mapping


def run(
    command: list[str], environment: Mapping[str, str], *, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run a program; one that cannot be started or exceeds the timeout has failed."""
    try:
        return subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, stdout="", stderr=f"no answer in {seconds} s")
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, stdout="", stderr=str(error))
