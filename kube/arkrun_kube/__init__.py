"""The client of the Kubernetes API server: configured like kubectl, with one error tree."""

from arkrun_kube.client import Client
from arkrun_kube.connection import connect
from arkrun_kube.errors import (
    ApiError,
    ConfigError,
    ConflictError,
    ExpiredError,
    KubeError,
    MalformedError,
    NotFoundError,
    UnansweredError,
    UnknownKindError,
)
from arkrun_kube.paths import Resource
from arkrun_kube.responses import METADATA, METADATA_LIST, TABLE, Event, Object

__all__ = [
    "METADATA",
    "METADATA_LIST",
    "TABLE",
    "ApiError",
    "Client",
    "ConfigError",
    "ConflictError",
    "Event",
    "ExpiredError",
    "KubeError",
    "MalformedError",
    "NotFoundError",
    "Object",
    "Resource",
    "UnansweredError",
    "UnknownKindError",
    "connect",
]
