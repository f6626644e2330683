"""The errors of an admission call.

    WebhookError
    ├── Refused                the object is refused: HTTP 200, allowed=false
    │   ├── TeamNotFound       no such ArkTeam in the run's namespace
    │   ├── TeamBeingDeleted   the ArkTeam has a deletionTimestamp
    │   ├── TeamNotReadable    the API server does not return the ArkTeam, or it is malformed
    │   └── TeamUnanswered     the API server did not answer before the deadline of the call
    └── BrokenCall             the call is no valid AdmissionReview: HTTP 4xx

`http.endpoint` turns them into responses.
"""

from __future__ import annotations

from msgspec import Struct


class Cause(Struct, frozen=True):
    """One entry of `status.details.causes`.

    `field` is a path such as `spec.roles[2].model`; `type` is one of Kubernetes' CauseTypes
    (apimachinery, meta/v1/types.go).
    """

    field: str
    message: str
    type: str = "FieldValueInvalid"


class WebhookError(Exception):
    """Base class of this package's errors."""


class Refused(WebhookError):  # noqa: N818  # a decision, not a failure
    """The object is refused; `message` is one sentence for the user.

    `why` is a short constant for metrics, logs and audit. `reason` and `code` are those of
    metav1.Status. `changed` lists the paths that an update would have changed.
    """

    def __init__(
        self,
        message: str,
        *,
        why: str,
        code: int = 422,
        reason: str = "Invalid",
        causes: tuple[Cause, ...] = (),
        changed: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.code = code
        self.reason = reason
        self.causes = causes
        self.changed = changed


class TeamNotFound(Refused):
    """Cause: `teamRef` names no ArkTeam in the namespace of the run.
    Cure: Create the team, or correct the name or the namespace.
    """

    def __init__(self, namespace: str, name: str) -> None:
        message = (
            f'ArkTeam "{name}" does not exist in namespace "{namespace}": '
            "create it first, or correct spec.teamRef"
        )
        cause = Cause("spec.teamRef", message, "FieldValueNotFound")
        super().__init__(message, why="TeamNotFound", causes=(cause,))


class TeamBeingDeleted(Refused):
    """Cause: The team has a deletionTimestamp and waits for its finalizers.
    Cure: List its finalizers: `kubectl get arkteam blog -o jsonpath='{.metadata.finalizers}'`.
    """

    def __init__(self, namespace: str, name: str) -> None:
        message = (
            f'ArkTeam "{name}" in namespace "{namespace}" is being deleted: '
            "wait until it is gone and create it again, or use another team"
        )
        super().__init__(message, why="TeamBeingDeleted", causes=(Cause("spec.teamRef", message),))


class TeamNotReadable(Refused):
    """The API server returned no usable team; teams/refusals.py has the reasons."""

    def __init__(self, namespace: str, name: str, problem: str) -> None:
        message = f'ArkTeam "{name}" in namespace "{namespace}" is not readable for arkrun-webhook: {problem}'
        super().__init__(message, why="TeamNotReadable", code=500, reason="InternalError")


class TeamUnanswered(Refused):
    """Cause: The API server is down, restarting or overloaded, or cannot be reached from the webhook.
    Cure: Try again. If it fails again, check the NetworkPolicy and
        `arkrun_webhook_team_lookup_duration_seconds`.
    """

    def __init__(self, namespace: str, name: str, problem: str) -> None:
        message = (
            f'the API server did not answer when arkrun-webhook asked for ArkTeam "{name}" '
            f'in namespace "{namespace}" ({problem}): try again'
        )
        super().__init__(message, why="TeamUnanswered", code=503, reason="ServiceUnavailable")


class BrokenCall(WebhookError):  # noqa: N818  # like Refused
    """The call cannot be answered with an AdmissionReview; `status` is the HTTP status code."""

    def __init__(self, status: int, message: str, *, why: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.why = why
