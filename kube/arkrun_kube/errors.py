"""What can go wrong on the way to an API server.

    KubeError
    ├── ConfigError           a kubeconfig, a credential or a name cannot be used: nothing was sent
    └── ApiError              a request was sent; `status` is HTTP's, 0 without an answer
        ├── UnansweredError   nobody answered, or not in time, or the answer broke off
        ├── MalformedError    the answer is not what was asked for
        ├── NotFoundError     the object, or its namespace, does not exist; its kind does
        ├── UnknownKindError  the API server does not know the resource: its CRD is not installed
        ├── ConflictError     a precondition failed, the name is taken, or another manager owns the field
        └── ExpiredError      a list or a watch cannot go on from its resourceVersion

No message carries a credential.
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
    """Base of everything that this package raises on purpose."""

    status: int = 0


class ConfigError(KubeError):
    """There is no usable way to an API server; the message says what to change."""


class ApiError(KubeError):
    """A request failed.

    `message` is the API server's own sentence, `reason` that of metav1.Status. `managers` are the field
    managers that server-side apply found in the way. `call` is method and path, which str() puts in front.
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
        refused = f"the API server refused with {status}: " if status else ""
        super().__init__(f"{call}: {refused}{message}" if call else message)
        self.message = message
        self.status = status
        self.reason = reason
        self.managers = managers


class UnansweredError(ApiError):
    """There was no answer, or only a part of it; `cause` says why."""

    def __init__(self, server: str, cause: str, *, call: str) -> None:
        super().__init__(f"the API server at {server} does not answer: {cause}", call=call)
        self.cause = cause


class MalformedError(ApiError):
    """The answer cannot be decoded as what was asked for."""


class NotFoundError(ApiError):
    """HTTP 404 for an object, or for the namespace that it should be in."""


class UnknownKindError(ApiError):
    """HTTP 404 for a whole resource."""


class ConflictError(ApiError):
    """HTTP 409."""


class ExpiredError(ApiError):
    """The resourceVersion is compacted away, or not yet known to this API server: list again."""
