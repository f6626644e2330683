"""The errors of this package.

HistoryError
├── DurationError     a duration, such as runRetainFor, is invalid
├── KeyringError      the Secret of the seal keys cannot be used
├── TableError        the API server's Table of runs lacks what is needed
└── LeaseLostError    a deletion was due after this replica had lost the Lease

Failed calls of the API server raise a KubeError of arkrun_kube.
"""

from __future__ import annotations

__all__ = ["DurationError", "HistoryError", "KeyringError", "LeaseLostError", "TableError"]


class HistoryError(Exception):
    """Base class of this package's errors."""


class DurationError(HistoryError):
    """A duration is invalid; the message quotes it and shows valid ones."""


class TableError(HistoryError):
    """A Table lacks its column definitions or a required column."""


class LeaseLostError(HistoryError):
    """This replica no longer holds the Lease, so another one may be working."""


class KeyringError(HistoryError):
    """The Secret of the seal keys cannot be used; the message never contains a key."""
