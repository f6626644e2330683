# ruff: noqa: RUF012 - the models are examples
"""Definitions that controller-gen made for real operators, rebuilt as models: the same schema comes out.

The literals state the facts of cert-manager's CertificateRequest and Order and of the Gateway
API's GatewayClass (v1), their descriptions left out; models and descriptions are this project's.
"""

import json
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import Field

from controlplane import ControlPlane
from crd_gen import (
    AtomicList,
    Column,
    CustomResource,
    Format,
    Int64,
    MapList,
    Names,
    Node,
    ObjectMeta,
    Rule,
    Time,
    Version,
)
from crd_gen.resources.definition import definition
from support.crds.definitions import CRDS

Bytes = Annotated[str, Format("byte")]
Words = Annotated[list[str], AtomicList()]
ConditionStatus = Literal["True", "False", "Unknown"]

USAGES = (
    *("signing", "digital signature", "content commitment", "key encipherment", "key agreement"),
    *("data encipherment", "cert sign", "crl sign", "encipher only", "decipher only", "any", "server auth"),
    *("client auth", "code signing", "email protection", "s/mime", "ipsec end system", "ipsec tunnel"),
    *("ipsec user", "timestamping", "ocsp signing", "microsoft sgc", "netscape sgc"),
)
Usage = Literal[
    "signing",
    "digital signature",
    "content commitment",
    "key encipherment",
    "key agreement",
    "data encipherment",
    "cert sign",
    "crl sign",
    "encipher only",
    "decipher only",
    "any",
    "server auth",
    "client auth",
    "code signing",
    "email protection",
    "s/mime",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "timestamping",
    "ocsp signing",
    "microsoft sgc",
    "netscape sgc",
]


class IssuerRef(Node):
    name: str
    kind: str | None = None
    group: str = "cert-manager.io"


class RequestCondition(Node):
    type: str
    status: ConditionStatus
    last_transition_time: Time | None = None
    reason: str | None = None
    message: str | None = None


class RequestSpec(Node):
    issuer_ref: IssuerRef
    request: Bytes
    duration: str | None = None
    is_ca: Annotated[bool | None, Field(alias="isCA")] = None
    usages: Annotated[list[Usage], AtomicList()] | None = None
    username: str | None = None
    uid: str | None = None
    groups: Words | None = None
    extra: dict[str, list[str]] | None = None


class RequestStatus(Node):
    conditions: Annotated[list[RequestCondition], MapList("type")] | None = None
    certificate: Bytes | None = None
    ca: Bytes | None = None
    failure_time: Time | None = None


class CertificateRequest(CustomResource):
    names: ClassVar = Names(
        group="cert-manager.io",
        kind="CertificateRequest",
        plural="certificaterequests",
        short_names=("cr", "crs"),
        categories=("cert-manager",),
    )
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Approved", lambda request: request.status.conditions(type="Approved").status),
            Column("Denied", lambda request: request.status.conditions(type="Denied").status),
            Column("Ready", lambda request: request.status.conditions(type="Ready").status),
            Column("Issuer", lambda request: request.spec.issuer_ref.name),
            Column("Requester", lambda request: request.spec.username),
            Column("Status", lambda request: request.status.conditions(type="Ready").message, priority=1),
            Column("Age", lambda request: request.metadata.creation_timestamp, type="date"),
        ),
    )
    spec: RequestSpec | None = None
    status: RequestStatus | None = None


State = Literal["valid", "ready", "pending", "processing", "invalid", "expired", "errored"]


class Challenge(Node):
    url: str
    token: str
    type: str


class Authorization(Node):
    url: str
    identifier: str | None = None
    wildcard: bool | None = None
    initial_state: State | None = None
    challenges: Annotated[list[Challenge], AtomicList()] | None = None


class OrderSpec(Node):
    request: Bytes
    issuer_ref: IssuerRef
    common_name: str | None = None
    dns_names: Annotated[Words | None, Field(alias="dnsNames")] = None
    ip_addresses: Annotated[Words | None, Field(alias="ipAddresses")] = None
    duration: str | None = None
    profile: str | None = None


class OrderStatus(Node):
    url: str | None = None
    finalize_url: Annotated[str | None, Field(alias="finalizeURL")] = None
    authorizations: Annotated[list[Authorization], AtomicList()] | None = None
    certificate: Bytes | None = None
    state: State | None = None
    reason: str | None = None
    failure_time: Time | None = None


class Order(CustomResource):
    names: ClassVar = Names(
        group="acme.cert-manager.io",
        kind="Order",
        plural="orders",
        categories=("cert-manager", "cert-manager-acme"),
    )
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("State", lambda order: order.status.state),
            Column("Issuer", lambda order: order.spec.issuer_ref.name, priority=1),
            Column("Reason", lambda order: order.status.reason, priority=1),
            Column("Age", lambda order: order.metadata.creation_timestamp, type="date"),
        ),
    )
    metadata: ObjectMeta
    spec: OrderSpec
    status: OrderStatus | None = None


CONTROLLER = (
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$"
)
GROUP = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
KIND = r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"
NAMESPACE = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
REASON = r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
CONDITION = (
    r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
)


class Condition(Node):
    type: Annotated[str, Field(max_length=316, pattern=CONDITION)]
    status: ConditionStatus
    observed_generation: Annotated[Int64, Field(ge=0)] | None = None
    last_transition_time: Time
    reason: Annotated[str, Field(min_length=1, max_length=1024, pattern=REASON)]
    message: Annotated[str, Field(max_length=32768)]


class ParametersRef(Node):
    group: Annotated[str, Field(max_length=253, pattern=GROUP)]
    kind: Annotated[str, Field(min_length=1, max_length=63, pattern=KIND)]
    name: Annotated[str, Field(min_length=1, max_length=253)]
    namespace: Annotated[str, Field(min_length=1, max_length=63, pattern=NAMESPACE)] | None = None


class Feature(Node):
    name: str


class ClassSpec(Node):
    controller_name: Annotated[
        str,
        Field(min_length=1, max_length=253, pattern=CONTROLLER),
        Rule("self == oldSelf", "Value is immutable"),
    ]
    parameters_ref: ParametersRef | None = None
    description: Annotated[str, Field(max_length=64)] | None = None


WAITING = Condition(
    type="Accepted",
    status="Unknown",
    reason="Pending",
    message="Waiting for controller",
    lastTransitionTime="1970-01-01T00:00:00Z",
)


class ClassStatus(Node):
    conditions: Annotated[list[Condition], Field(max_length=8), MapList("type")] = [WAITING]
    supported_features: Annotated[list[Feature], Field(max_length=64), MapList("name")] | None = None


class GatewayClass(CustomResource):
    names: ClassVar = Names(
        group="gateway.networking.k8s.io",
        kind="GatewayClass",
        plural="gatewayclasses",
        short_names=("gc",),
        categories=("gateway-api",),
        scope="Cluster",
        annotations=(("api-approved.kubernetes.io", "https://example.com"),),
    )
    version: ClassVar = Version(
        name="v1",
        columns=(
            Column("Controller", lambda gateway: gateway.spec.controller_name),
            Column("Accepted", lambda gateway: gateway.status.conditions(type="Accepted").status),
            Column("Age", lambda gateway: gateway.metadata.creation_timestamp, type="date"),
            Column("Description", lambda gateway: gateway.spec.description, priority=1),
        ),
    )
    spec: ClassSpec
    status: ClassStatus = ClassStatus(conditions=[WAITING])


Schema = dict[str, Any]
S: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
BYTE: Schema = {"type": "string", "format": "byte"}
BOOL: Schema = {"type": "boolean"}
TRUTH: Schema = {"type": "string", "enum": ["True", "False", "Unknown"]}


def obj(required: list[str], /, **properties: Schema) -> Schema:
    made: Schema = {"type": "object", "properties": properties}
    return {**made, "required": sorted(required)} if required else made


def array(items: Schema, **words: Any) -> Schema:
    return {"type": "array", "items": items, **words}


def atomic(items: Schema) -> Schema:
    return array(items, **{"x-kubernetes-list-type": "atomic"})


def keyed(key: str, items: Schema, **words: Any) -> Schema:
    merged = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
    return array(items, **merged, **words)


def text(low: int | None = None, high: int | None = None, pattern: str = "") -> Schema:
    words = {"minLength": low, "maxLength": high, "pattern": pattern or None}
    return {"type": "string", **{word: value for word, value in words.items() if value is not None}}


def column(name: str, path: str, kind: str = "string", priority: int = 0) -> Schema:
    made: Schema = {"name": name, "type": kind, "jsonPath": path}
    return {**made, "priority": priority} if priority else made


def condition(kind: str, field: str) -> str:
    return f'.status.conditions[?(@.type=="{kind}")].{field}'


def whole(required: list[str], spec: Schema, status: Schema) -> Schema:
    return obj(required, apiVersion=S, kind=S, metadata={"type": "object"}, spec=spec, status=status)


AGE = column("Age", ".metadata.creationTimestamp", "date")
ISSUER = obj(["name"], name=S, kind=S, group={"type": "string", "default": "cert-manager.io"})
STATE: Schema = {
    "type": "string",
    "enum": ["valid", "ready", "pending", "processing", "invalid", "expired", "errored"],
}
WAITS = {
    "lastTransitionTime": "1970-01-01T00:00:00Z",
    "message": "Waiting for controller",
    "reason": "Pending",
    "status": "Unknown",
    "type": "Accepted",
}

REAL: dict[str, tuple[type[CustomResource], list[Schema], Schema]] = {
    "certificaterequests.cert-manager.io": (
        CertificateRequest,
        [
            column("Approved", condition("Approved", "status")),
            column("Denied", condition("Denied", "status")),
            column("Ready", condition("Ready", "status")),
            column("Issuer", ".spec.issuerRef.name"),
            column("Requester", ".spec.username"),
            column("Status", condition("Ready", "message"), priority=1),
            AGE,
        ],
        whole(
            [],
            obj(
                ["issuerRef", "request"],
                duration=S,
                extra={"type": "object", "additionalProperties": array(S)},
                groups=atomic(S),
                isCA=BOOL,
                issuerRef=ISSUER,
                request=BYTE,
                uid=S,
                usages=atomic({"type": "string", "enum": list(USAGES)}),
                username=S,
            ),
            obj(
                [],
                ca=BYTE,
                certificate=BYTE,
                conditions=keyed(
                    "type",
                    obj(
                        ["status", "type"],
                        lastTransitionTime=TIME,
                        message=S,
                        reason=S,
                        status=TRUTH,
                        type=S,
                    ),
                ),
                failureTime=TIME,
            ),
        ),
    ),
    "orders.acme.cert-manager.io": (
        Order,
        [
            column("State", ".status.state"),
            column("Issuer", ".spec.issuerRef.name", priority=1),
            column("Reason", ".status.reason", priority=1),
            AGE,
        ],
        whole(
            ["metadata", "spec"],
            obj(
                ["issuerRef", "request"],
                commonName=S,
                dnsNames=atomic(S),
                duration=S,
                ipAddresses=atomic(S),
                issuerRef=ISSUER,
                profile=S,
                request=BYTE,
            ),
            obj(
                [],
                authorizations=atomic(
                    obj(
                        ["url"],
                        challenges=atomic(obj(["token", "type", "url"], token=S, type=S, url=S)),
                        identifier=S,
                        initialState=STATE,
                        url=S,
                        wildcard=BOOL,
                    )
                ),
                certificate=BYTE,
                failureTime=TIME,
                finalizeURL=S,
                reason=S,
                state=STATE,
                url=S,
            ),
        ),
    ),
    "gatewayclasses.gateway.networking.k8s.io": (
        GatewayClass,
        [
            column("Controller", ".spec.controllerName"),
            column("Accepted", condition("Accepted", "status")),
            AGE,
            column("Description", ".spec.description", priority=1),
        ],
        whole(
            ["spec"],
            obj(
                ["controllerName"],
                controllerName={
                    **text(1, 253, CONTROLLER),
                    "x-kubernetes-validations": [
                        {"message": "Value is immutable", "rule": "self == oldSelf"}
                    ],
                },
                description=text(high=64),
                parametersRef=obj(
                    ["group", "kind", "name"],
                    group=text(high=253, pattern=GROUP),
                    kind=text(1, 63, KIND),
                    name=text(1, 253),
                    namespace=text(1, 63, NAMESPACE),
                ),
            ),
            {
                **obj(
                    [],
                    conditions=keyed(
                        "type",
                        obj(
                            ["lastTransitionTime", "message", "reason", "status", "type"],
                            lastTransitionTime=TIME,
                            message=text(high=32768),
                            observedGeneration={"type": "integer", "format": "int64", "minimum": 0},
                            reason=text(1, 1024, REASON),
                            status=TRUTH,
                            type=text(high=316, pattern=CONDITION),
                        ),
                        maxItems=8,
                        default=[WAITS],
                    ),
                    supportedFeatures=keyed("name", obj(["name"], name=S), maxItems=64),
                ),
                "default": {"conditions": [WAITS]},
            },
        ),
    ),
}


@pytest.mark.parametrize("name", REAL)
def test_schema_equals_that_of_controller_gen(name: str) -> None:
    """The model of a real kind has the schema and columns of controller-gen."""
    model, columns, schema = REAL[name]

    made = definition(model)
    version = made["spec"]["versions"][0]

    assert made["metadata"]["name"] == name
    assert version["additionalPrinterColumns"] == columns
    assert version["subresources"] == {"status": {}}
    assert undescribed(version["schema"]["openAPIV3Schema"]) == schema


def undescribed(schema: Any) -> Any:
    """Remove descriptions, but no field of that name."""
    if isinstance(schema, list):
        return [undescribed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        word: {name: undescribed(inner) for name, inner in value.items()}
        if word == "properties"
        else undescribed(value)
        for word, value in schema.items()
        if not (word == "description" and isinstance(value, str))
    }


@pytest.mark.cluster
@pytest.mark.parametrize("name", REAL)
def test_server_accepts_the_rebuilt_definition(control_plane: ControlPlane, name: str) -> None:
    """The real API server accepts the generated definition."""
    document = json.dumps(definition(REAL[name][0])).encode()

    answer = control_plane.api.call("POST", f"{CRDS}?dryRun=All&fieldValidation=Strict", document)

    assert answer.status == 201, answer.message
