"""A kind as controller-gen and others write it, and its models: the definitions mean the same.

The definition has one of each construct that the definitions of cert-manager, Kueue, Tekton, Argo, Crossplane
and the Cluster API have, spelled as they are there. The kind itself is this project's.
"""

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import ConfigDict, Field

from controlplane import ControlPlane
from crd_gen import (
    AtomicMap,
    Column,
    CustomResource,
    EmbeddedResource,
    Int32,
    MapList,
    Names,
    Node,
    NotNull,
    Nullable,
    Quantity,
    Rule,
    Scale,
    SetList,
    Version,
    Webhook,
)
from crd_gen.diff import compare
from crd_gen.resources.definition import definition
from support.crds.definitions import CRDS, Schema, node

NAME = "pools.shapes.example.com"
POOL = Names(
    group="shapes.example.com",
    kind="Pool",
    plural="pools",
    short_names=("pl",),
    categories=("all",),
    scope="Cluster",
    labels={"app": "pools"},
    conversion=Webhook(service="pools/webhook", path="/convert", review_versions=("v1beta1",)),
)


class Parameter(Node):
    name: str
    value: Annotated[Any, NotNull()]


class SecretKey(Node):
    """The key of a secret."""

    name: str = ""
    key: str


class Rollout(Node):
    """How members are replaced."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    policy: Literal["Never", "Always"] = "Never"
    surge: Int32 | None = None


class Borrowing(Node):
    policy: Literal["Never", "Always"] = "Never"


class Sharing(Node):
    borrowing: Borrowing = Field(default_factory=Borrowing)
    limit: Quantity = 0


class Port(Node):
    name: str | None = None
    number: Annotated[Int32, Field(ge=1, le=65535)]
    protocol: Literal["TCP", "UDP"] = "TCP"


class Address(Node):
    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"properties": {"type": {"enum": ["IP"]}, "value": {"format": "ipv4"}}},
                {"properties": {"type": {"not": {"enum": ["IP"]}}}},
            ]
        }
    )
    type: Annotated[str, Field(max_length=9)]
    value: Annotated[str, Field(max_length=99)]


class Settings(Node):
    model_config = ConfigDict(extra="allow")
    level: int | None = None


class PoolSpec(Node):
    rules: ClassVar = (
        Rule(
            "!has(self.secret) || self.secret.name != ''",
            message_expression="'secret needs a name: ' + self.secret.key",
            reason="FieldValueRequired",
            field_path=".secret.name",
        ),
        Rule(
            "!oldSelf.hasValue() || has(self.rollout) == has(oldSelf.value().rollout)",
            "rollout is chosen once",
            optional_old_self=True,
        ),
    )
    replicas: Int32 = 1
    parameters: list[Parameter] | None = None
    variables: dict[str, Annotated[Any, NotNull()]] | None = None
    matrix: list[Any] | None = None
    raw: Any | None = None
    settings: Settings | None = None
    secret: Annotated[SecretKey, AtomicMap()] | None = None
    rollout: Rollout | None = None
    sharing: Sharing = Field(default_factory=Sharing)
    ports: Annotated[list[Port], Field(max_length=9), MapList("number", "protocol")] | None = None
    addresses: Annotated[list[Address], Field(max_length=9)] | None = None
    zones: Annotated[list[str], SetList()] | None = None
    class_: Annotated[str | None, Nullable()] = Field(default=None, alias="class")
    template: Annotated[dict[str, Any], EmbeddedResource()] | None = None
    nothing: dict[str, Any] | None = None


class Condition(Node):
    type: str
    status: Literal["True", "False", "Unknown"]


class PoolStatus(Node):
    replicas: Int32 | None = None
    selector: str | None = None
    conditions: Annotated[list[Condition], MapList("type")] | None = None


class Pool(CustomResource):
    names: ClassVar = POOL
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Ready", lambda pool: pool.status.conditions(type="Ready").status),
            Column("Team", lambda pool: pool.metadata.labels["example.com/team"]),
            Column("Age", lambda pool: pool.metadata.creation_timestamp),
        ),
        selectable=(lambda pool: pool.spec.rollout.policy,),
        scale=Scale(
            spec_replicas=lambda pool: pool.spec.replicas,
            status_replicas=lambda pool: pool.status.replicas,
            label_selector=lambda pool: pool.status.selector,
        ),
    )
    spec: PoolSpec
    status: PoolStatus | None = None


class OldPool(CustomResource):
    names: ClassVar = POOL
    version: ClassVar = Version(
        name="v1alpha1", served=False, storage=False, deprecated=True, deprecation_warning="use v1"
    )
    spec: dict[str, Any] | None = None


OPEN: Schema = {"x-kubernetes-preserve-unknown-fields": True}
TEXT: Schema = {"type": "string"}
OBJECT: Schema = {"type": "object", **OPEN}
INT32: Schema = {"type": "integer", "format": "int32"}
EITHER: Schema = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
POLICY: Schema = {"type": "string", "enum": ["Never", "Always"], "default": "Never", "maxLength": 16}
LIMIT = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
SERVER_FIELDS: Schema = {"apiVersion": TEXT, "kind": TEXT, "metadata": {"type": "object"}}


def fields(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """Return the schema of an object with fields."""
    found: Schema = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


def foreign() -> Schema:
    """Return the definition of the kind as another generator writes it."""
    spec = fields(
        **{"class": {"type": "string", "nullable": True}},
        replicas={**INT32, "default": 1},
        parameters=node("array", items=fields(("value", "name"), name=TEXT, value=OPEN)),
        variables=node("object", additionalProperties=OPEN),
        matrix=node("array", items=OPEN),
        raw=OPEN,
        settings={**fields(level={"type": "integer"}), **OPEN},
        secret={
            **fields(("key",), name={**TEXT, "default": ""}, key=TEXT),
            "description": "The key\nof a secret.",
            "x-kubernetes-map-type": "atomic",
        },
        rollout={
            **fields(policy=POLICY, surge=INT32),
            "description": "How members are\nreplaced.\n",
            "minProperties": 1,
        },
        sharing={
            **fields(
                borrowing={**fields(policy=POLICY), "default": {}},
                limit={**EITHER, "pattern": LIMIT, "default": 0},
            ),
            "default": {},
        },
        ports=node(
            "array",
            maxItems=9,
            x_list_type="map",
            x_list_map_keys=["number", "protocol"],
            items=fields(
                ("number", "protocol"),
                name=TEXT,
                number={**INT32, "minimum": 1, "maximum": 65535},
                protocol={"type": "string", "enum": ["TCP", "UDP"], "default": "TCP"},
            ),
        ),
        addresses=node(
            "array",
            maxItems=9,
            items={
                **fields(("type", "value"), type={**TEXT, "maxLength": 9}, value={**TEXT, "maxLength": 99}),
                "oneOf": [
                    {"properties": {"type": {"enum": ["IP"]}, "value": {"format": "ipv4"}}},
                    {"properties": {"type": {"not": {"enum": ["IP"]}}}},
                ],
            },
        ),
        zones=node("array", items=TEXT, x_list_type="set"),
        template={**OBJECT, "x-kubernetes-embedded-resource": True},
        nothing=OBJECT,
    )
    spec["x-kubernetes-validations"] = [
        {
            "rule": "!has(self.secret) || self.secret.name != ''",
            "messageExpression": "'secret needs a name: ' + self.secret.key",
            "reason": "FieldValueRequired",
            "fieldPath": ".secret.name",
        },
        {
            "rule": "!oldSelf.hasValue() || has(self.rollout) == has(oldSelf.value().rollout)",
            "message": "rollout is chosen once",
            "optionalOldSelf": True,
        },
    ]
    condition = fields(
        ("type", "status"), type=TEXT, status={"type": "string", "enum": ["True", "False", "Unknown"]}
    )
    status = fields(
        replicas=INT32,
        selector=TEXT,
        conditions=node("array", items=condition, x_list_type="map", x_list_map_keys=["type"]),
    )
    ready, team = (
        ".status.conditions[?(@.type == 'Ready')].status",
        r".metadata.labels['example\.com/team']",
    )
    columns = [
        {"name": "Ready", "type": "string", "jsonPath": ready},
        {"name": "Team", "type": "string", "jsonPath": team},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]
    scale = {
        "specReplicasPath": ".spec.replicas",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }
    service = {"namespace": "pools", "name": "webhook", "path": "/convert"}
    webhook = {"clientConfig": {"service": service}, "conversionReviewVersions": ["v1beta1"]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": NAME, "labels": {"app": "pools"}},
        "spec": {
            "group": "shapes.example.com",
            "scope": "Cluster",
            "preserveUnknownFields": False,
            "names": {"kind": "Pool", "plural": "pools", "shortNames": ["pl"], "categories": ["all"]},
            "conversion": {"strategy": "Webhook", "webhook": webhook},
            "versions": [
                {
                    "name": "v1alpha1",
                    "served": False,
                    "storage": False,
                    "deprecated": True,
                    "deprecationWarning": "use v1",
                    "schema": {"openAPIV3Schema": fields(**SERVER_FIELDS, spec=OBJECT)},
                },
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "additionalPrinterColumns": columns,
                    "selectableFields": [{"jsonPath": ".spec.rollout.policy"}],
                    "subresources": {"status": {}, "scale": scale},
                    "schema": {
                        "openAPIV3Schema": fields(("spec",), **SERVER_FIELDS, spec=spec, status=status)
                    },
                },
            ],
        },
    }


def test_models_mean_what_the_definition_of_another_generator_means() -> None:
    """The models can replace the other definition: the comparison finds no change."""
    assert compare({NAME: foreign()}, {NAME: definition(OldPool, Pool)}) == []


OBJECTS: dict[str, Schema] = {
    "nothing but defaults": {},
    "an empty object with defaults": {"sharing": {}},
    "a null inside of an object with defaults": {"sharing": {"borrowing": None, "limit": None}},
    "nulls": {"raw": None, "class": None, "variables": {"a": None, "b": [None]}, "matrix": [None, {}]},
    "unknown fields": {"settings": {"level": 1, "more": None}, "nothing": {"a": None}, "unknown": 1},
    "a parameter that is null": {"parameters": [{"name": "a", "value": None}]},
    "an empty object": {"rollout": {}},
    "an address of its type": {"addresses": [{"type": "IP", "value": "10.0.0.1"}]},
    "an address of another type": {"addresses": [{"type": "IP", "value": "x"}]},
    "two equal ports": {"ports": [{"number": 1}, {"number": 1, "protocol": "TCP"}]},
    "an unlisted policy": {"rollout": {"policy": "Sometimes"}},
    "a secret without a name": {"secret": {"key": "a"}},
    "an object without a kind": {"template": {"apiVersion": "v1"}},
}


@pytest.fixture(scope="module")
def answers(control_plane: ControlPlane) -> dict[str, list[Schema]]:
    """Return the server's answers to the objects under the other definition, and under the generated one."""
    return {
        "other": list(_answers(control_plane, foreign())),
        "generated": list(_answers(control_plane, definition(OldPool, Pool))),
    }


def _answers(control_plane: ControlPlane, document: Schema) -> Iterator[Schema]:
    api = control_plane.api
    created = api.call("POST", f"{CRDS}?fieldValidation=Strict", json.dumps(document).encode())
    assert created.status == 201, created.message
    control_plane.wait_for_crds(f"crd/{NAME}")
    for spec in OBJECTS.values():
        yield _answer(control_plane, spec)
    api.call("DELETE", f"{CRDS}/{NAME}")
    while api.call("GET", f"{CRDS}/{NAME}").status != 404:
        time.sleep(0.05)


def _answer(control_plane: ControlPlane, spec: Schema) -> Schema:
    document = {
        "apiVersion": "shapes.example.com/v1",
        "kind": "Pool",
        "metadata": {"name": "a"},
        "spec": spec,
    }
    path = "/apis/shapes.example.com/v1/pools?dryRun=All"
    deadline = time.monotonic() + 30
    while (answer := control_plane.api.call("POST", path, json.dumps(document).encode())).status == 404:
        assert time.monotonic() < deadline, answer.message
        time.sleep(0.05)
    return {"spec": answer.json()["spec"]} if answer.status == 201 else {"refused": answer.message}


@pytest.mark.cluster
@pytest.mark.parametrize("name", OBJECTS)
def test_server_answers_alike_under_both_definitions(answers: dict[str, list[Schema]], name: str) -> None:
    """The server stores the same object, or refuses it with the same message."""
    number = list(OBJECTS).index(name)

    assert answers["generated"][number] == answers["other"][number]
