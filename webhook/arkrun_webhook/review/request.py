"""The request of an AdmissionReview: the members that handlers use. Specs are not decoded here."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from arkrun_crd.names import RESTORED_ANNOTATION, TEAM_LABEL
from arkrun_webhook.compare.raw_json import ABSENT, BAD_JSON
from arkrun_webhook.compare.text import NAME_LIMIT
from arkrun_webhook.errors import BrokenCall

API_VERSION = "admission.k8s.io/v1"


class Wire(Struct, rename="camel", gc=False):
    """Base of decoded objects; undeclared members are skipped."""


class Kind(Wire):
    """The group, version and kind of the object."""

    group: str = ""
    version: str = ""
    kind: str = ""


class UserInfo(Wire):
    """The caller."""

    username: str = ""


class Labels(Wire):
    """The labels that handlers use."""

    team: str | None = msgspec.field(default=None, name=TEAM_LABEL)


class Annotations(Wire):
    """The annotations that handlers use."""

    restored: Raw = msgspec.field(default=ABSENT, name=RESTORED_ANNOTATION)


class ObjectMeta(Wire):
    """The fields of ObjectMeta that handlers use."""

    name: str = ""
    generate_name: str = ""
    generation: int = 0
    labels: Labels | None = None
    annotations: Annotations | None = None
    deletion_timestamp: str | None = None

    @property
    def team_label(self) -> str | None:
        """The value of the team label, or None."""
        return None if self.labels is None else self.labels.team

    @property
    def restored_mark(self) -> Raw:
        """The value of the annotation of restored runs, or `ABSENT`."""
        return ABSENT if self.annotations is None else self.annotations.restored


class Object(Wire):
    """An ArkRun or ArkTeam."""

    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: Raw = ABSENT


class AdmissionRequest(Wire):
    """An AdmissionRequest; `object` is None on DELETE, `old_object` on CREATE."""

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
        """The object's name, or `<generateName>*` if the API server has not generated one yet."""
        if self.name or self.object is None:
            return self.name[:NAME_LIMIT]
        return (self.object.metadata.name or f"{self.object.metadata.generate_name}*")[:NAME_LIMIT]


class AdmissionReview(Wire):
    """The envelope."""

    api_version: str = ""
    kind: str = ""
    request: AdmissionRequest | None = None


_decoder = msgspec.json.Decoder(AdmissionReview)


def decode(body: bytes) -> AdmissionRequest:
    """Decode the request of an AdmissionReview.

    Of a repeated member the last value counts, as in the API server.
    Raises `BrokenCall` (400) if the body is not an AdmissionReview v1 with a request.
    """
    try:
        review = _decoder.decode(body)
    except BAD_JSON as error:
        raise not_json(error) from error
    if review.kind != "AdmissionReview" or review.api_version != API_VERSION:
        expected = f"the body must be an AdmissionReview of {API_VERSION}"
        problem = f"{expected}, not kind {review.kind!r} of apiVersion {review.api_version!r}"
        raise BrokenCall(400, problem, why="NotAdmissionReview")
    if review.request is None or not review.request.uid:
        raise BrokenCall(400, "the AdmissionReview has no request with a uid", why="NoRequest")
    return review.request


def not_json(error: Exception) -> BrokenCall:
    """Return the error (400) of a body that cannot be decoded."""
    text = "nested too deep" if isinstance(error, RecursionError) else str(error)
    return BrokenCall(400, f"the body is not a readable AdmissionReview: {text}", why="NotJSON")
