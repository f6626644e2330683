"""Exceptions of this package.

    KubeError
    ├── ConfigError           invalid kubeconfig, credential or name; no request was sent
    └── ApiError              failed request; `status` is the HTTP status, 0 without a response
        ├── UnansweredError   no complete response in time
        ├── MalformedError    a response that cannot be decoded
        ├── NotFoundError     the object or its namespace does not exist
        ├── UnknownKindError  the API server does not know the resource: its CRD is not installed
        ├── ConflictError     a precondition failed, the object exists, or another manager owns the field
        └── ExpiredError      a list or a watch cannot continue from its resourceVersion

No message contains a credential.
"""

from __future__ import annotations

__all__ = [
    "ApiError",
    "ConfigError",
    "ConflictError",
    "ExpiredError",
    "KubeError",
    "MalformedError",
    "NotFoundError",
    "UnansweredError",
    "UnknownKindError",
]


class KubeError(Exception):
    """Base class of this package's exceptions."""

    status: int = 0


class ConfigError(KubeError):
    """The configuration is missing or invalid; the message says what to change."""


class ApiError(KubeError):
    """A request failed.

    `message` and `reason` are those of metav1.Status. `managers` are the field managers that conflict with a
    server-side apply. `call` is method and path, with which str() begins.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        reason: str = "",
        call: str = "",
        managers: tuple[str, ...] = (),
    ) -> None:
        prefix = f"the API server refused with {status}: " if status else ""
        super().__init__(f"{call}: {prefix}{message}" if call else message)
        self.message = message
        self.status = status
        self.reason = reason
        self.managers = managers


class UnansweredError(ApiError):
    """There was no response, or an incomplete one; `cause` says why."""

    def __init__(self, server: str, cause: str, *, call: str) -> None:
        super().__init__(f"the API server at {server} does not answer: {cause}", call=call)
        self.cause = cause


class MalformedError(ApiError):
    """The response cannot be decoded as the expected type."""


class NotFoundError(ApiError):
    """HTTP 404 for an object or its namespace."""


class UnknownKindError(ApiError):
    """HTTP 404 for a resource that the API server does not serve."""


class ConflictError(ApiError):
    """HTTP 409."""


class ExpiredError(ApiError):
    """The resourceVersion was compacted, or is not yet known to this API server: list again."""
