"""AdmissionReview admission.k8s.io/v1 on the wire: what we read of it, and the only five answers.

Source: k8s.io/api/admission/v1/types.go. A spec stays a `msgspec.Raw` span of the body, so what no rule looks
at is never decoded.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from arkrun_crd.names import RESTORED_ANNOTATION, TEAM_LABEL
from arkrun_webhook.errors import BrokenCall, Cause, Refused
from arkrun_webhook.spans import ABSENT, BAD_JSON
from arkrun_webhook.texts import MESSAGE_LIMIT, NAME_LIMIT, WARNING_LIMIT, cut, printable

API_VERSION = "admission.k8s.io/v1"


class Wire(Struct, rename="camel", gc=False):
    """A part of a request; members that are not declared are skipped."""


class Kind(Wire):
    """group, version, kind of the object."""

    group: str = ""
    version: str = ""
    kind: str = ""


class UserInfo(Wire):
    """Who asks."""

    username: str = ""


class Labels(Wire):
    """The label that a rule looks at."""

    team: str | None = msgspec.field(default=None, name=TEAM_LABEL)


class Annotations(Wire):
    """The annotation that a rule looks at."""

    restored: Raw = msgspec.field(default=ABSENT, name=RESTORED_ANNOTATION)


class ObjectMeta(Wire):
    """The part of metadata that a rule looks at."""

    name: str = ""
    generate_name: str = ""
    generation: int = 0
    labels: Labels | None = None
    annotations: Annotations | None = None
    deletion_timestamp: str | None = None

    @property
    def team_label(self) -> str | None:
        """The value of the team label; None where there is none."""
        return None if self.labels is None else self.labels.team

    @property
    def restored_mark(self) -> Raw:
        """The value of the annotation that marks a restored run, `ABSENT` where there is none."""
        return ABSENT if self.annotations is None else self.annotations.restored


class Object(Wire):
    """Any of our objects."""

    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: Raw = ABSENT


class Request(Wire):
    """AdmissionRequest; `object` is None on DELETE, `old_object` on CREATE."""

    uid: str
    kind: Kind = msgspec.field(default_factory=Kind)
    operation: str = ""
    name: str = ""
    namespace: str = ""
    sub_resource: str = ""
    user_info: UserInfo = msgspec.field(default_factory=UserInfo)
    object: Object | None = None
    old_object: Object | None = None
    dry_run: bool | None = None

    @property
    def label(self) -> str:
        """The object's name, or `<generateName>*` when the API server has not chosen one yet."""
        if self.name or self.object is None:
            return self.name[:NAME_LIMIT]
        name = self.object.metadata.name or f"{self.object.metadata.generate_name}*"
        return name[:NAME_LIMIT]


class Review(Wire):
    """The envelope."""

    api_version: str = ""
    kind: str = ""
    request: Request | None = None


class Answer(Struct, rename="camel", omit_defaults=True):
    """A part of a response; a member that has its default is left out."""


class StatusCause(Answer):
    """metav1.StatusCause."""

    reason: str
    message: str
    field: str


class StatusDetails(Answer):
    """metav1.StatusDetails."""

    name: str = ""
    group: str = ""
    kind: str = ""
    causes: list[StatusCause] = []


class Status(Answer):
    """metav1.Status of a refusal."""

    message: str
    reason: str
    code: int
    details: StatusDetails | None = None


class Operation(Struct):
    """One JSON patch operation (RFC 6902); `add` also replaces a member (section 4.1)."""

    path: str
    value: Raw | msgspec.UnsetType = msgspec.UNSET
    op: str = "add"


class Response(Struct, rename="camel", omit_defaults=True):
    """AdmissionResponse; made by the five functions below and by nothing else."""

    uid: str
    allowed: bool = msgspec.UNSET  # type: ignore[assignment]  # never left out, unlike a default
    status: Status | None = None
    patch: bytes = b""
    patch_type: str = ""
    audit_annotations: dict[str, str] = {}
    warnings: list[str] = []


class ReviewAnswer(Struct, rename="camel"):
    """The envelope of an answer."""

    response: Response
    api_version: str = API_VERSION
    kind: str = "AdmissionReview"


_decoder = msgspec.json.Decoder(Review)
_encoder = msgspec.json.Encoder()


def decode(body: bytes) -> Request:
    """Decode the request of an AdmissionReview.

    A member that comes twice counts with its last value, as it does in the API server itself.
    Raises `BrokenCall` (400) when the body is not an AdmissionReview v1 with a request.
    """
    try:
        review = _decoder.decode(body)
    except BAD_JSON as error:
        raise not_json(error) from error
    if review.kind != "AdmissionReview" or review.api_version != API_VERSION:
        raise BrokenCall(
            400,
            f"the body must be an AdmissionReview of {API_VERSION}, "
            f"not kind {review.kind!r} of apiVersion {review.api_version!r}",
            why="NotAdmissionReview",
        )
    if review.request is None or not review.request.uid:
        raise BrokenCall(400, "the AdmissionReview has no request with a uid", why="NoRequest")
    return review.request


def not_json(error: Exception) -> BrokenCall:
    """Build the 400 that says where the body is wrong."""
    text = "nested too deep" if isinstance(error, RecursionError) else str(error)
    return BrokenCall(400, f"the body is not a readable AdmissionReview: {text}", why="NotJSON")


def allowed(uid: str, **audit: str) -> Response:
    """Allow the object as it is."""
    return Response(uid, allowed=True, audit_annotations=audit)


def patched(uid: str, operations: list[Operation], **audit: str) -> Response:
    """Allow the object with a JSON patch; an empty list of operations is no patch."""
    response = allowed(uid, **audit)
    if operations:
        response.patch = _encoder.encode(operations)
        response.patch_type = "JSONPatch"
    return response


def denied(request: Request, refused: Refused, **audit: str) -> Response:
    """Refuse the object: one sentence for the person, causes with field paths for programs."""
    causes = [_cause(cause) for cause in refused.causes]
    details = StatusDetails(request.label, request.kind.group, request.kind.kind, causes) if causes else None
    status = Status(cut(refused.message, MESSAGE_LIMIT), refused.reason, refused.code, details)
    return Response(request.uid, allowed=False, status=status, audit_annotations=audit)


def errored(uid: str, message: str) -> Response:
    """Refuse because of a fault of our own; never lets an object pass."""
    return Response(uid, allowed=False, status=Status(message, "InternalError", 500))


def with_warnings(response: Response, warnings: list[str]) -> Response:
    """Add warnings, each cut to 120 characters and freed of control characters."""
    response.warnings = [*response.warnings, *(cut(printable(one, " "), WARNING_LIMIT) for one in warnings)]
    return response


def encode(response: Response) -> bytes:
    """Encode the body of the HTTP response."""
    return _encoder.encode(ReviewAnswer(response))


def _cause(cause: Cause) -> StatusCause:
    return StatusCause(cause.type, cut(cause.message, MESSAGE_LIMIT), cut(cause.field, MESSAGE_LIMIT))
