# ruff: noqa: D205 - the models are the examples
"""Constructs of pydantic that have an exact structural equivalent, each with its schema."""

import enum
from collections.abc import Mapping
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel, StrictStr, StringConstraints

from crd_gen import (
    AtomicList,
    AtomicMap,
    Date,
    EmbeddedResource,
    Format,
    Int32,
    Int64,
    IntOrString,
    MapList,
    Node,
    NotNull,
    ObjectMeta,
    Pattern,
    PreserveUnknown,
    Rule,
    SetList,
    Time,
)

T = TypeVar("T")


class Color(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Port(enum.IntEnum):
    HTTP = 80


class Before(Node):
    comes_later: "dict[str, Item] | None" = None


class Item(Node):
    name: str
    size: int | None = None


class Box(Node, Generic[T]):
    content: T


class Names(RootModel[list[str]]):
    pass


class Loose(Node):
    model_config = ConfigDict(extra="allow")
    name: str


class Twice(enum.IntEnum):
    ONE = 1
    UNO = 1


class Nothing(Node):
    pass


class Lax(BaseModel):
    size: int
    on: bool = True


class EitherName(Node):
    model_config = ConfigDict(validate_by_name=True)
    its_name: str


class NullOrThree(Node):
    size: int | None = 3


class Child(Item):
    color: Color = Color.RED


class Pod(Node):
    api_version: str
    kind: str
    metadata: ObjectMeta | None = None
    spec: dict[str, Any] | None = None


Size = NewType("Size", int)


class Documented(Node):
    """A model that
    says what it is.

    Second paragraph.
    """

    name: str
    """Its name."""


ITEM = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
}
EITHER = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
FORMATS = (
    *(
        "byte",
        "uuid",
        "uuid3",
        "uuid4",
        "uuid5",
        "ipv4",
        "ipv6",
        "cidr",
        "mac",
        "hostname",
        "duration",
        "date",
    ),
    *("date-time", "datetime", "password", "bsonobjectid", "ssn", "hexcolor", "rgbcolor", "k8s-short-name"),
    "k8s-long-name",
)
PRESERVE = "x-kubernetes-preserve-unknown-fields"

EXACT: dict[str, tuple[Any, dict[str, Any]]] = {
    "str": (str, {"type": "string"}),
    "int": (int, {"type": "integer"}),
    "float": (float, {"type": "number"}),
    "bool": (bool, {"type": "boolean"}),
    "Int32": (Int32, {"type": "integer", "format": "int32"}),
    "Int64 from zero": (Annotated[Int64, Field(ge=0)], {"type": "integer", "format": "int64", "minimum": 0}),
    "Time": (Time, {"type": "string", "format": "date-time"}),
    "Date": (Date, {"type": "string", "format": "date"}),
    "constrained string": (
        Annotated[str, StringConstraints(min_length=1, max_length=9, pattern="^[a-z]+$")],
        {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^[a-z]+$"},
    ),
    "open interval": (
        Annotated[float, Field(gt=0, lt=1)],
        {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1, "exclusiveMaximum": True},
    ),
    "multiple": (Annotated[int, Field(multiple_of=5)], {"type": "integer", "multipleOf": 5}),
    "Literal": (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
    "Literal of one": (Literal[3], {"type": "integer", "enum": [3]}),
    "StrEnum": (Color, {"type": "string", "enum": ["red", "blue"]}),
    "IntEnum": (Port, {"type": "integer", "enum": [80]}),
    "list": (
        Annotated[list[Annotated[str, Field(max_length=3)]], Field(min_length=1, max_length=2)],
        {"type": "array", "items": {"type": "string", "maxLength": 3}, "minItems": 1, "maxItems": 2},
    ),
    "set list": (
        Annotated[list[str], SetList()],
        {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
    ),
    "atomic list": (
        Annotated[list[str], AtomicList()],
        {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "atomic"},
    ),
    "map list": (
        Annotated[list[Item], MapList("name")],
        {
            "type": "array",
            "items": ITEM,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    ),
    "dict": (
        Annotated[dict[str, int], Field(max_length=2)],
        {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 2},
    ),
    "dict of models": (dict[str, Item], {"type": "object", "additionalProperties": ITEM}),
    "atomic map": (
        Annotated[dict[str, str], AtomicMap()],
        {"type": "object", "additionalProperties": {"type": "string"}, "x-kubernetes-map-type": "atomic"},
    ),
    "dict of anything": (dict[str, Any], {"type": "object", PRESERVE: True}),
    "anything": (Annotated[Any, PreserveUnknown()], {PRESERVE: True, "nullable": True}),
    "embedded object": (
        Annotated[dict[str, Any], EmbeddedResource()],
        {"type": "object", PRESERVE: True, "x-kubernetes-embedded-resource": True},
    ),
    "int or string": (Annotated[int | str, IntOrString()], {**EITHER}),
    "quantity": (
        Annotated[Annotated[int, Field(ge=1)] | Annotated[str, Field(pattern="^[0-9]+Mi$")], IntOrString()],
        {**EITHER, "minimum": 1, "pattern": "^[0-9]+Mi$"},
    ),
    "pattern as Go reads it": (
        Annotated[str, Pattern(r"^\d+[\w.]*$")],
        {"type": "string", "pattern": r"^\d+[\w.]*$"},
    ),
    "IntEnum with a second name": (Twice, {"type": "integer", "enum": [1]}),
    "Literal of a boolean": (Literal[True], {"type": "boolean", "enum": [True]}),
    "list of what may be null": (
        list[int | None],
        {"type": "array", "items": {"type": "integer", "nullable": True}},
    ),
    "nothing": (Nothing, {"type": "object"}),
    "NewType": (Size, {"type": "integer"}),
    "bare list": (list, {"type": "array", "items": {PRESERVE: True}}),
    "anything but null": (Annotated[Any, NotNull()], {PRESERVE: True}),
    "dict of anything but null": (
        dict[str, Annotated[Any, NotNull()]],
        {"type": "object", "additionalProperties": {PRESERVE: True}},
    ),
    "bare dict": (dict, {"type": "object", PRESERVE: True}),
    "Mapping": (Mapping[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
    "list of maps of lists": (
        list[dict[str, list[Item]]],
        {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": "array", "items": ITEM}},
        },
    ),
    "lax model": (
        Lax,
        {
            "type": "object",
            "required": ["size"],
            "properties": {"size": {"type": "integer"}, "on": {"type": "boolean", "default": True}},
        },
    ),
    "model read by either name": (
        EitherName,
        {"type": "object", "required": ["itsName"], "properties": {"itsName": {"type": "string"}}},
    ),
    "null beside a default": (
        NullOrThree,
        {"type": "object", "properties": {"size": {"type": "integer", "nullable": True, "default": 3}}},
    ),
    "child of a model": (
        Child,
        {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "size": {"type": "integer"},
                "color": {"type": "string", "enum": ["red", "blue"], "default": "red"},
            },
        },
    ),
    "whole object": (
        Annotated[Pod, EmbeddedResource()],
        {
            "type": "object",
            "required": ["apiVersion", "kind"],
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
                "spec": {"type": "object", PRESERVE: True},
            },
            "x-kubernetes-embedded-resource": True,
        },
    ),
    "required and nullable": (str | None, {"type": "string", "nullable": True}),
    "model": (Item, ITEM),
    "model that keeps unknown fields": (
        Loose,
        {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}, PRESERVE: True},
    ),
    "generic model": (
        Box[Item],
        {"type": "object", "required": ["content"], "properties": {"content": ITEM}},
    ),
    "root model": (Names, {"type": "array", "items": {"type": "string"}}),
    "stricter of two bounds": (
        Annotated[int, Field(ge=1, gt=1, le=9, lt=10)],
        {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9},
    ),
    "bounds with a fraction": (
        Annotated[float, Field(gt=0.5, le=2.5)],
        {"type": "number", "minimum": 0.5, "exclusiveMinimum": True, "maximum": 2.5},
    ),
    "dict of strict strings": (
        dict[StrictStr, int],
        {"type": "object", "additionalProperties": {"type": "integer"}},
    ),
    "model with a forward reference": (
        Before,
        {
            "type": "object",
            "properties": {"comesLater": {"type": "object", "additionalProperties": ITEM}},
        },
    ),
    "same model twice": (
        Box[list[Item]],
        {
            "type": "object",
            "required": ["content"],
            "properties": {"content": {"type": "array", "items": ITEM}},
        },
    ),
    "documented": (
        Documented,
        {
            "type": "object",
            "description": "A model that says what it is.\n\nSecond paragraph.",
            "required": ["name"],
            "properties": {"name": {"type": "string", "description": "Its name."}},
        },
    ),
    "rule": (
        Annotated[
            str,
            Rule(
                "self != 'x'", "must not be x", reason="FieldValueForbidden", accepts=lambda text: text != "x"
            ),
        ],
        {
            "type": "string",
            "x-kubernetes-validations": [
                {"rule": "self != 'x'", "message": "must not be x", "reason": "FieldValueForbidden"}
            ],
        },
    ),
    **{
        f"format {name}": (Annotated[str, Format(name)], {"type": "string", "format": name})
        for name in FORMATS
    },
}
"""By what it is: an annotation, and the schema that says exactly the same."""
