"""The request of an AdmissionReview: the members that a rule looks at.

A spec stays the bytes it came in, so what no rule looks at is never decoded.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from arkrun_crd.names import RESTORED_ANNOTATION, TEAM_LABEL
from arkrun_webhook.compare.raw_json import ABSENT, BAD_JSON
from arkrun_webhook.compare.text import NAME_LIMIT
from arkrun_webhook.errors import BrokenCall

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


class AdmissionRequest(Wire):
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


class AdmissionReview(Wire):
    """The envelope."""

    api_version: str = ""
    kind: str = ""
    request: AdmissionRequest | None = None


_decoder = msgspec.json.Decoder(AdmissionReview)


def decode(body: bytes) -> AdmissionRequest:
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
