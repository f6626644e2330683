"""What can go wrong with a command, and the exit code that it ends with.

    ArkError
    ├── BadInputError        2    what was typed, or a file that it names, makes no sense
    ├── NotStampedError      1    a run came back without a snapshot: admission is not installed
    ├── NotRetryableError    1    there is nothing to retry, or not this way
    ├── RunFailedError       1    --wait saw the run fail, or vanish
    └── StillRunningError    124  --wait ended before the run did, as timeout(1) says it

Without a way to the API server, or after its refusal, commands raise KubeError of arkrun_kube: exit code 1.
`cli.main` alone turns all of these into a message and an exit code.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ArkError",
    "BadInputError",
    "NotRetryableError",
    "NotStampedError",
    "RunFailedError",
    "StillRunningError",
    "reason",
]


class ArkError(Exception):
    """Base of everything that this package raises on purpose; its text is for the person who typed."""

    exit_code: ClassVar[int] = 1


class BadInputError(ArkError):
    """An argument or a file cannot be understood; the text shows the place."""

    exit_code = 2


class NotStampedError(ArkError):
    """The API server took the run, and nobody stamped it."""


class NotRetryableError(ArkError):
    """No step of the run may go back to Pending."""


class RunFailedError(ArkError):
    """The run ended without success while we watched."""


class StillRunningError(ArkError):
    """Waiting ended; the run goes on."""

    exit_code = 124


def reason(error: Exception) -> str:
    """Say why a file could not be used, without its name and errno."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
