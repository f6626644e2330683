"""Where the files of a team's steps are kept."""

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.values import Line, Open


class LocalStore(Open):
    """A directory or a PersistentVolumeClaim."""

    path: Line | None = None
    """Directory of the files."""
    claim_name: ObjectName | None = None
    """PersistentVolumeClaim that is mounted there."""


class S3Store(Open):
    """A bucket of an S3-compatible service."""

    bucket: Line | None = None
    """Name of the bucket."""
    prefix: Line | None = None
    """Prefix of the files' keys."""
    region: Line | None = None
    """Region of the bucket."""
    endpoint: Line | None = None
    """URL of the service, if it is not AWS."""
    credentials_secret: ObjectReference | None = None
    """Secret with the credentials."""


class GcsStore(Open):
    """A bucket of Google Cloud Storage."""

    bucket: Line | None = None
    """Name of the bucket."""
    prefix: Line | None = None
    """Prefix of the files' names."""
    credentials_secret: ObjectReference | None = None
    """Secret with the credentials."""


class ArtifactStore(Open):
    """Where the files of the steps are kept."""

    type: ObjectName | None = None
    """Kind of store: local, s3 or gcs."""
    local: LocalStore | None = None
    """Settings of the kind local."""
    s3: S3Store | None = None
    """Settings of the kind s3."""
    gcs: GcsStore | None = None
    """Settings of the kind gcs."""
