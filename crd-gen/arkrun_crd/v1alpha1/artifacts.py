"""Artifact stores: where the output files of steps are stored."""

from arkrun_crd.v1alpha1.references import ObjectName, ObjectReference
from arkrun_crd.v1alpha1.values import Line, Open


class LocalStore(Open):
    """A local directory or a PersistentVolumeClaim."""

    path: Line | None = None
    """Path of the directory in which artifacts are stored."""
    claim_name: ObjectName | None = None
    """Name of the PersistentVolumeClaim in the same namespace that is mounted at path."""


class S3Store(Open):
    """A bucket of an S3-compatible service."""

    bucket: Line | None = None
    """Name of the bucket."""
    prefix: Line | None = None
    """Prefix of the key of each object."""
    region: Line | None = None
    """Region of the bucket."""
    endpoint: Line | None = None
    """URL of the service. Defaults to Amazon S3."""
    credentials_secret: ObjectReference | None = None
    """Secret that contains the credentials."""


class GcsStore(Open):
    """A bucket of Google Cloud Storage."""

    bucket: Line | None = None
    """Name of the bucket."""
    prefix: Line | None = None
    """Prefix of the name of each object."""
    credentials_secret: ObjectReference | None = None
    """Secret that contains the credentials."""


class ArtifactStore(Open):
    """Artifact store for the output files of steps."""

    type: ObjectName | None = None
    """Type of the store. One of local, s3, gcs."""
    local: LocalStore | None = None
    """Settings of a store of type local."""
    s3: S3Store | None = None
    """Settings of a store of type s3."""
    gcs: GcsStore | None = None
    """Settings of a store of type gcs."""
