"""The fields that every Kubernetes object has."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from crd_gen.models.node import Node


class ObjectMeta(Node):
    """Metadata. The API server validates it itself, so the schema has only its type."""

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    generation: int | None = None
    resource_version: str | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    uid: str | None = None


class Resource(Node):
    """A complete Kubernetes object."""

    api_version: str
    """APIVersion defines the versioned schema of this object."""
    kind: str
    """Kind is the REST resource that this object represents."""
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)
