"""What can go wrong.

HistoryError
├── DurationError     runRetainFor is no duration
├── TableError        the API server's Table of runs cannot be used
└── LeaseLostError    a deletion was due, and the Lease is no longer ours

What goes wrong with the API server is a KubeError of arkrun_kube.
"""

from __future__ import annotations

__all__ = ["DurationError", "HistoryError", "LeaseLostError", "TableError"]


class HistoryError(Exception):
    """Base of everything that this package raises on purpose."""


class DurationError(HistoryError):
    """A text is no duration; says which, and what one looks like."""


class TableError(HistoryError):
    """A Table has not the columns that are needed."""


class LeaseLostError(HistoryError):
    """Another replica may be working."""
