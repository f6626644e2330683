"""What can go wrong with a command, and the exit code that it ends with.

    ArkError
    ├── BadInputError        2    what was typed, or a file that it names, makes no sense
    ├── NoClusterError       1    no kubeconfig, or nobody answers
    ├── RefusedError         1    the API server answered, and the answer is no
    │   ├── NotFoundError         there is no such object
    │   └── ConflictError         the object changed in between, or the name is taken
    ├── NotStampedError      1    a run came back without a snapshot: admission is not installed
    ├── NotRetryableError    1    there is nothing to retry, or not this way
    ├── RunFailedError       1    --wait saw the run fail, or vanish
    └── StillRunningError    124  --wait ended before the run did, as timeout(1) says it

`cli.main` alone turns these into a message and an exit code.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ArkError",
    "BadInputError",
    "ConflictError",
    "NoClusterError",
    "NotFoundError",
    "NotRetryableError",
    "NotStampedError",
    "RefusedError",
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


class NoClusterError(ArkError):
    """There is no way to the API server, or it does not answer."""


class RefusedError(ArkError):
    """The API server said no; `code` is HTTP's, `reason` that of metav1.Status."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        # The form is kubectl's, so that what people know and scripts match stays the same.
        super().__init__(f"Error from server ({reason}): {message}" if reason else message)
        self.code = code
        self.reason = reason


class NotFoundError(RefusedError):
    """HTTP 404: the object, or its whole kind, is not there."""


class ConflictError(RefusedError):
    """HTTP 409: a precondition did not hold, or the name is taken."""


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
