"""Run another program to its end."""

import subprocess
from collections.abc import Mapping


def run(
    command: list[str], environment: Mapping[str, str], *, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Return what a program printed; one that does not start or does not end in time has failed."""
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
