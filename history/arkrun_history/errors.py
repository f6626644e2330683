"""What can go wrong.

HistoryError
├── DurationError     runRetainFor is no duration
└── ApiError          the API server refused (`status` is HTTP's), or did not answer (0)
    ├── NotFoundError the object is not there; its kind is
    ├── ConflictError a precondition did not hold, or the name is taken
    └── ExpiredError  a watch or a list cannot go on from where it was
"""

from __future__ import annotations

__all__ = [
    "ApiError",
    "ConflictError",
    "DurationError",
    "ExpiredError",
    "HistoryError",
    "NotFoundError",
]


class HistoryError(Exception):
    """Base of everything that this package raises on purpose."""


class DurationError(HistoryError):
    """A text is no duration; says which, and what one looks like."""


class ApiError(HistoryError):
    """The API server said no, or nothing."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NotFoundError(ApiError):
    """HTTP 404 for an object, of a kind that the API server knows."""


class ConflictError(ApiError):
    """HTTP 409."""


class ExpiredError(ApiError):
    """The version to go on from is compacted away, or not yet known to this API server."""
