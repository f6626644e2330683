"""Immutable, SetOnce, Kept and Sealed: the rules that they add, and where they are errors."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import ConfigDict

from crd_gen import Immutable, Kept, MapList, Node, Nullable, Sealed, SetOnce
from crd_gen.errors import UnmappableError
from crd_gen.schema.structural import structural_schema

FORBIDDEN = "FieldValueForbidden"


class Inner(Node):
    name: str
    size: int | None = None
    kind: str = "x"


class Frozen(Node):
    spec: Annotated[Inner, Immutable("stays")]
    extra: Annotated[str, Immutable("stays")] | None = None


def test_immutable_adds_rules_on_values_and_presence() -> None:
    """Every field gets a rule of its own, and an optional field a rule on its presence."""
    same = {"rule": "self == oldSelf", "message": "stays", "reason": FORBIDDEN}

    def presence(name: str) -> dict[str, str]:
        rule = f"has(self.{name}) == has(oldSelf.{name})"
        return {"rule": rule, "message": "stays", "reason": FORBIDDEN, "fieldPath": f".{name}"}

    assert structural_schema(Frozen) == {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "x-kubernetes-validations": [same]},
                    "size": {"type": "integer", "x-kubernetes-validations": [same]},
                    "kind": {"type": "string", "default": "x", "x-kubernetes-validations": [same]},
                },
                "x-kubernetes-validations": [presence("size")],
            },
            "extra": {"type": "string", "x-kubernetes-validations": [same]},
        },
        "x-kubernetes-validations": [presence("extra")],
    }


class Status(Node):
    phase: Literal["Open", "Done"]
    result: str | None = None
    conditions: list[str] | None = None
    started: Annotated[str, SetOnce("once")] | None = None


class Job(Node):
    status: Annotated[Status, Sealed(when=("Done",), but=("conditions",), message="sealed")] | None = None


def test_sealed_adds_a_rule_to_every_field_not_in_but() -> None:
    """In a terminal phase each field keeps its value and presence, and the status cannot be removed."""
    schema = structural_schema(Job)
    status = schema["properties"]["status"]

    done = "!(has(oldSelf.phase) && (oldSelf.phase == 'Done')) || "
    assert schema["x-kubernetes-validations"] == [
        {
            "rule": "!has(oldSelf.status) || has(self.status)",
            "message": "cannot be removed once it is set",
            "reason": FORBIDDEN,
            "fieldPath": ".status",
        }
    ]
    assert [(rule["rule"], rule.get("fieldPath")) for rule in status["x-kubernetes-validations"]] == [
        ("!has(oldSelf.started) || has(self.started)", ".started"),
        (f"{done}self.phase == oldSelf.phase", ".phase"),
        (
            done + "(has(self.result) ? has(oldSelf.result) && self.result == oldSelf.result"
            " : !has(oldSelf.result))",
            ".result",
        ),
        (
            done + "(has(self.started) ? has(oldSelf.started) && self.started == oldSelf.started"
            " : !has(oldSelf.started))",
            ".started",
        ),
    ]


class UnderOptional(Node):
    class Part(Node):
        key: Annotated[str, Immutable()]

    part: Part | None = None


class UnderKept(Node):
    part: Annotated[UnderOptional.Part, Kept()] | None = None


class UnderRequired(Node):
    part: UnderOptional.Part


class UnderMapList(Node):
    parts: Annotated[list[UnderOptional.Part], MapList("key")]


class UnderMap(Node):
    parts: dict[str, UnderOptional.Part]


class OfNull(Node):
    key: Annotated[str | None, Nullable(), Immutable()] = None


class UnderNull(Node):
    part: UnderOptional.Part | None


class UnderKeptNull(Node):
    part: Annotated[UnderOptional.Part | None, Nullable(), Kept()]


class OfAnything(Node):
    key: Annotated[Any, SetOnce()]


class WrongPhase(Node):
    status: Annotated[Status, Sealed(phase="state", when=("Done",))]


class NeverReached(Node):
    status: Annotated[Status, Sealed(when=("Done", "Over"))]


class NeverNamed(Node):
    status: Annotated[Status, Sealed()]


class OpenStatus(Status):
    model_config = ConfigDict(extra="allow")


class KeepsUnknown(Node):
    status: Annotated[OpenStatus, Sealed(when=("Done",))]


class OpenPart(Node):
    model_config = ConfigDict(extra="allow")


class OpenSpec(Node):
    parts: list[OpenPart]
    labels: dict[str, Any]


class OpenBelow(Node):
    spec: Annotated[OpenSpec, Immutable()]


class KnownOnly(Node):
    spec: Annotated[OpenSpec, Immutable(known_fields_only=True)]
    status: Annotated[
        OpenStatus,
        Sealed(when=("Done",), while_in=("Open",), but=("conditions", "started"), known_fields_only=True),
    ]


class NullStatus(Status):
    reason: Annotated[str | None, Nullable()] = None


class MayBeNull(Node):
    status: Annotated[NullStatus, Sealed(when=("Done",))]


ALTERNATIVES = (
    "\n  - make every parent required, or Kept, SetOnce or Immutable"
    "\n  - put the marker on the nearest parent that cannot be removed"
)
BYPASSES: list[tuple[Any, str]] = [
    (
        UnderOptional,
        "Part: part.key: Immutable can be bypassed: part can be removed and set again" + ALTERNATIVES,
    ),
    (
        UnderMapList,
        "Part: parts[].key: Immutable can be bypassed: "
        "an element of parts can be removed and added again" + ALTERNATIVES,
    ),
    (
        UnderMap,
        "Part: parts{}.key: Immutable can be bypassed: "
        "an element of parts can be removed and added again" + ALTERNATIVES,
    ),
    (
        OfNull,
        (
            "OfNull: key: Immutable on a nullable field: CEL rules do not run on null"
            "\n  - T | None = None without Nullable, where None means absent"
        ),
    ),
    (
        UnderNull,
        "Part: part.key: Immutable can be bypassed: part can be set to null and set again" + ALTERNATIVES,
    ),
    (
        UnderKeptNull,
        "Part: part.key: Immutable can be bypassed: part can be set to null and set again" + ALTERNATIVES,
    ),
    (
        OfAnything,
        (
            "OfAnything: key: SetOnce on a value that CEL cannot see"
            "\n  - dict[str, Any], which CEL can compare"
            "\n  - Immutable on the parent object"
        ),
    ),
    (
        NeverReached,
        (
            "NeverReached: status: Sealed lists Over, not a value of 'phase'"
            "\n  - values of 'phase': Open, Done"
        ),
    ),
    (
        NeverNamed,
        ("NeverNamed: status: Sealed lists no phase in when or while_in\n  - values of 'phase': Open, Done"),
    ),
    (
        KeepsUnknown,
        (
            "KeepsUnknown: status: Sealed cannot protect unknown fields,"
            " which CEL does not see: the object itself"
            "\n  - declare the fields"
            "\n  - Sealed(known_fields_only=True), and an admission policy for the others"
        ),
    ),
    (
        OpenBelow,
        (
            "OpenBelow: spec: Immutable cannot protect unknown fields, which CEL does not see:"
            " parts[], labels"
            "\n  - declare the fields"
            "\n  - Immutable(known_fields_only=True), and an admission policy for the others"
        ),
    ),
    (
        MayBeNull,
        (
            "MayBeNull: status: Sealed cannot distinguish null from absent, and 'reason' can be either"
            "\n  - drop Nullable"
        ),
    ),
    (
        WrongPhase,
        (
            "WrongPhase: status: Sealed refers to the unknown field 'state'"
            "\n  - use one of phase, result, conditions, started"
        ),
    ),
]


@pytest.mark.parametrize(("model", "message"), BYPASSES, ids=[model.__name__ for model, _ in BYPASSES])
def test_marker_that_can_be_bypassed_is_rejected(model: Any, message: str) -> None:
    """A marker that a client could bypass is an error that names the bypass."""
    with pytest.raises(UnmappableError) as refusal:
        structural_schema(model)

    assert str(refusal.value).removeprefix(f"{refusal.value.source}: ") == message


@pytest.mark.parametrize("model", [UnderKept, UnderRequired])
def test_marker_below_a_permanent_parent_is_accepted(model: Any) -> None:
    """A marker is accepted if its parents cannot be removed."""
    part = structural_schema(model)["properties"]["part"]

    assert part["properties"]["key"]["x-kubernetes-validations"][0]["rule"] == "self == oldSelf"


def test_known_fields_only_protects_the_fields_visible_to_cel() -> None:
    """With known_fields_only the declared fields are protected; in a while_in phase all but the phase."""
    properties = structural_schema(KnownOnly)["properties"]

    def rules(schema: dict[str, Any]) -> list[str]:
        return [rule["rule"] for rule in schema["x-kubernetes-validations"]]

    assert rules(properties["spec"]["properties"]["parts"]) == ["self == oldSelf"]
    result = (
        "(has(self.result) ? has(oldSelf.result) && self.result == oldSelf.result : !has(oldSelf.result))"
    )
    left = "(oldSelf.phase == 'Open' && has(self.phase) && self.phase == oldSelf.phase)"
    assert rules(properties["status"])[1:] == [
        "!(has(oldSelf.phase) && (oldSelf.phase == 'Done')) || self.phase == oldSelf.phase",
        f"!(has(oldSelf.phase) && (oldSelf.phase == 'Done' || {left})) || {result}",
    ]
