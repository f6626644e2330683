"""The errors of the commands, and the exit code of each.

    ArkError
    ├── BadAnswerError       1    the API server answered with something else than was asked for
    ├── BadInputError        2    an argument, or a file that it names, is invalid
    ├── CannotTellError      2    ark verify lacks a key, a permission or the run
    ├── NoRunError           1    no run, or no single newest one, is what --last asks for
    ├── NotStampedError      1    a run was created without a snapshot: admission is not installed
    ├── NotRetryableError    1    the run, or one of the named steps, cannot be retried
    ├── OutputError          1    stdout cannot be written
    ├── RunFailedError       1    --wait saw the run fail or being deleted
    ├── TraceError           1    the trace backend fails, or has no trace of the task
    └── StillRunningError    124  --wait timed out, as timeout(1) reports it

Without an API server, or after its refusal, commands raise a KubeError of arkrun_kube: exit code 1.
`cli.main` alone turns these errors into a message and an exit code.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ArkError",
    "BadAnswerError",
    "BadInputError",
    "CannotTellError",
    "NoRunError",
    "NotRetryableError",
    "NotStampedError",
    "OutputError",
    "RunFailedError",
    "StillRunningError",
    "TraceError",
    "file_error",
]


class ArkError(Exception):
    """Base class of this package's errors; the message is for the user."""

    exit_code: ClassVar[int] = 1


class BadAnswerError(ArkError):
    """An answer is not what was asked for: a proxy, or another server, gave it."""


class BadInputError(ArkError):
    """An argument or a file is invalid; the message shows where."""

    exit_code = 2


class CannotTellError(ArkError):
    """A run cannot be compared with its seal."""

    exit_code = 2


class NoRunError(ArkError):
    """There is no newest run, or there are two."""


class NotStampedError(ArkError):
    """The API server stored the run, and no webhook stamped it."""


class NotRetryableError(ArkError):
    """No step of the run can be reset to Pending."""


class OutputError(ArkError):
    """The output cannot be written: the disk is full, stdout is closed, or its reader has gone."""


class RunFailedError(ArkError):
    """The run failed or was deleted while the command waited for it."""


class StillRunningError(ArkError):
    """The command stopped waiting before the run finished."""

    exit_code = 124


class TraceError(ArkError):
    """The trace backend does not answer, or not with the trace."""


def file_error(error: OSError | UnicodeDecodeError) -> str:
    """Return why a file cannot be used, without its name and errno."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
