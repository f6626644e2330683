"""What controller-gen's markers can say, said by models: the same words come out.

Two definitions: VolumeSnapshotClass of the CSI snapshotter (two versions, one of them deprecated and
no longer served, no spec), and a workload that has what other operators use.
"""

import json
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field

from controlplane import ControlPlane
from crd_gen import (
    AtomicMap,
    Column,
    CustomResource,
    EmbeddedResource,
    Int32,
    IntOrString,
    MapList,
    Names,
    Node,
    Nullable,
    ObjectMeta,
    Quantity,
    Rule,
    Scale,
    SetList,
    Version,
)
from crd_gen.resources.definition import definition
from support.crds.definitions import CRDS

SNAPSHOT = Names(
    group="snapshot.storage.k8s.io",
    kind="VolumeSnapshotClass",
    plural="volumesnapshotclasses",
    short_names=("vsclass", "vsclasses"),
    scope="Cluster",
    annotations=(("api-approved.kubernetes.io", "https://example.com"),),
)


class VolumeSnapshotClass(CustomResource):
    names: ClassVar = SNAPSHOT
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Driver", lambda made: made.driver),
            Column("DeletionPolicy", lambda made: made.deletion_policy, description="What becomes of it."),
            Column("Age", lambda made: made.metadata.creation_timestamp, type="date"),
        ),
    )
    deletion_policy: Literal["Delete", "Retain"]
    driver: str
    parameters: dict[str, str] | None = None


class OldVolumeSnapshotClass(VolumeSnapshotClass):
    version: ClassVar = Version(
        name="v1beta1",
        served=False,
        storage=False,
        deprecated=True,
        deprecation_warning="use snapshot.storage.k8s.io/v1",
    )


class TemplateMeta(Node):
    """The schema that controller-gen writes for metadata below the root, with generateEmbeddedObjectMeta."""

    annotations: dict[str, str] | None = None
    finalizers: list[str] | None = None
    labels: dict[str, str] | None = None
    name: str | None = None
    namespace: str | None = None


class Template(Node):
    metadata: TemplateMeta | None = None
    spec: dict[str, Any] | None = None


class Port(Node):
    port: Annotated[Int32, Field(ge=1, le=65535)]
    protocol: Literal["TCP", "UDP"] = "TCP"
    target: Annotated[int | str, IntOrString()] | None = None


class SecretRef(Node):
    name: str = ""


class Manifest(Node):
    api_version: str
    kind: str
    metadata: ObjectMeta | None = None


class WorkloadSpec(Node):
    replicas: Annotated[Int32, Field(ge=0)] = 1
    max_surge: Annotated[
        int | Annotated[str, Field(pattern="^((100|[0-9]{1,2})%|[0-9]+)$")], IntOrString()
    ] = "25%"
    limits: dict[str, Quantity] | None = None
    ports: Annotated[list[Port], MapList("port", "protocol")] | None = None
    template: Template
    raw: Any | None = None
    secret: Annotated[SecretRef, AtomicMap()] | None = None
    paused_at: Annotated[str | None, Nullable()] = None
    zones: Annotated[list[str], Field(max_length=8), SetList()] | None = None
    manifest: Annotated[Manifest, EmbeddedResource()] | None = None
    ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    rules: ClassVar = (
        Rule("self.replicas <= 9 || has(self.limits)", "many need limits", field_path=".limits"),
    )


class Address(Node):
    value: str


class WorkloadStatus(Node):
    replicas: Int32 | None = None
    selector: str | None = None
    addresses: list[Address] | None = None


class Workload(CustomResource):
    names: ClassVar = Names(group="apps.example.com", kind="Workload", plural="workloads")
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Address", lambda made: made.status.addresses[0].value),
            Column("All", lambda made: made.status.addresses["*"].value, priority=1),
        ),
        selectable=(lambda made: made.spec.paused_at,),
        scale=Scale(
            spec_replicas=lambda made: made.spec.replicas,
            status_replicas=lambda made: made.status.replicas,
            label_selector=lambda made: made.status.selector,
        ),
    )
    spec: WorkloadSpec
    status: WorkloadStatus | None = None


S: dict[str, Any] = {"type": "string"}
WORDS: dict[str, Any] = {"type": "object", "additionalProperties": S}
EITHER: dict[str, Any] = {"anyOf": [{"type": "integer"}, S], "x-kubernetes-int-or-string": True}
QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
PRESERVE = {"x-kubernetes-preserve-unknown-fields": True}
SPEC: dict[str, Any] = {
    "type": "object",
    "required": ["template"],
    "properties": {
        "replicas": {"type": "integer", "format": "int32", "minimum": 0, "default": 1},
        "maxSurge": {**EITHER, "pattern": "^((100|[0-9]{1,2})%|[0-9]+)$", "default": "25%"},
        "limits": {"type": "object", "additionalProperties": {**EITHER, "pattern": QUANTITY}},
        "ports": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["port"],
                "properties": {
                    "port": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 65535},
                    "protocol": {"type": "string", "enum": ["TCP", "UDP"], "default": "TCP"},
                    "target": EITHER,
                },
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
        },
        "template": {
            "type": "object",
            "properties": {
                "metadata": {
                    "type": "object",
                    "description": TemplateMeta.__doc__,
                    "properties": {
                        "annotations": WORDS,
                        "finalizers": {"type": "array", "items": S},
                        "labels": WORDS,
                        "name": S,
                        "namespace": S,
                    },
                },
                "spec": {"type": "object", **PRESERVE},
            },
        },
        "raw": PRESERVE,
        "secret": {
            "type": "object",
            "properties": {"name": {"type": "string", "default": ""}},
            "x-kubernetes-map-type": "atomic",
        },
        "pausedAt": {"type": "string", "nullable": True},
        "zones": {"type": "array", "items": S, "maxItems": 8, "x-kubernetes-list-type": "set"},
        "manifest": {
            "type": "object",
            "required": ["apiVersion", "kind"],
            "properties": {"apiVersion": S, "kind": S, "metadata": {"type": "object"}},
            "x-kubernetes-embedded-resource": True,
        },
        "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1},
    },
    "x-kubernetes-validations": [
        {
            "rule": "self.replicas <= 9 || has(self.limits)",
            "message": "many need limits",
            "fieldPath": ".limits",
        }
    ],
}


def test_resource_without_spec_and_with_two_versions() -> None:
    """A kind without a spec, and with a second version that is not served."""
    first, second = definition(VolumeSnapshotClass, OldVolumeSnapshotClass)["spec"]["versions"]

    schema = first["schema"]["openAPIV3Schema"]
    assert schema["required"] == ["deletionPolicy", "driver"]
    assert {name: schema["properties"][name] for name in ("deletionPolicy", "driver", "parameters")} == {
        "deletionPolicy": {"type": "string", "enum": ["Delete", "Retain"]},
        "driver": S,
        "parameters": WORDS,
    }
    assert second == {
        "name": "v1beta1",
        "served": False,
        "storage": False,
        "deprecated": True,
        "deprecationWarning": "use snapshot.storage.k8s.io/v1",
        "schema": first["schema"],
    }
    assert first["additionalPrinterColumns"] == [
        {"name": "Driver", "type": "string", "jsonPath": ".driver"},
        {
            "name": "DeletionPolicy",
            "type": "string",
            "jsonPath": ".deletionPolicy",
            "description": "What becomes of it.",
        },
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]


def test_resource_with_the_types_of_other_operators() -> None:
    """Quantities, percentages, map lists, embedded metadata, raw JSON, scale, and list items in columns."""
    version = definition(Workload)["spec"]["versions"][0]

    assert version["schema"]["openAPIV3Schema"]["properties"]["spec"] == SPEC
    assert version["subresources"]["scale"] == {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }
    assert version["selectableFields"] == [{"jsonPath": ".spec.pausedAt"}]
    assert version["additionalPrinterColumns"] == [
        {"name": "Address", "type": "string", "jsonPath": ".status.addresses[0].value"},
        {"name": "All", "type": "string", "jsonPath": ".status.addresses[*].value", "priority": 1},
    ]


@pytest.mark.cluster
@pytest.mark.parametrize("models", [(VolumeSnapshotClass, OldVolumeSnapshotClass), (Workload,)], ids=len)
def test_server_accepts_the_definitions(
    control_plane: ControlPlane, models: tuple[type[CustomResource], ...]
) -> None:
    """The real API server accepts both with strict field validation."""
    document = json.dumps(definition(*models)).encode()

    answer = control_plane.api.call("POST", f"{CRDS}?dryRun=All&fieldValidation=Strict", document)

    assert answer.status == 201, answer.message
