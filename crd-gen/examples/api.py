"""The kind of all examples: a cache with an engine, which cannot change, and replicas."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from crd_gen import Column, CustomResource, Immutable, Int32, Names, Node, Scale, Version


class CacheSpec(Node):
    engine: Annotated[Literal["redis", "valkey"], Immutable("a cache keeps its engine")]
    """What stores the data."""
    replicas: Annotated[Int32, Field(ge=0, le=9)] = 1
    """How many copies run."""


class CacheStatus(Node):
    phase: Literal["Pending", "Ready"] | None = None
    """Whether the cache can be used."""
    replicas: Int32 | None = None
    """How many copies are running."""


class Cache(CustomResource):
    """A cache for an application."""

    names: ClassVar = Names(
        group="examples.example.com", kind="Cache", plural="caches", labels={"example": "crd-gen"}
    )
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Engine", lambda cache: cache.spec.engine),
            Column("Phase", lambda cache: cache.status.phase),
            Column("Owner", lambda cache: cache.metadata.labels["owner"]),
        ),
        scale=Scale(
            spec_replicas=lambda cache: cache.spec.replicas,
            status_replicas=lambda cache: cache.status.replicas,
        ),
    )

    spec: CacheSpec
    """The cache that is wanted."""
    status: CacheStatus | None = None
    """The cache that there is."""
