# ruff: noqa: D101, D102, D103, D205 - the models are the examples
"""Each construct of pydantic: its exact schema, or a refusal with model, path and ways out."""

import datetime
import decimal
import enum
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import pytest
from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    computed_field,
    field_serializer,
    field_validator,
)
from typing_extensions import TypedDict

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
    Nullable,
    PreserveUnknown,
    Rule,
    SetList,
    Time,
)
from crd_gen.errors import UnmappableError
from crd_gen.structural import structural_schema

T = TypeVar("T")


class Color(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Port(enum.IntEnum):
    HTTP = 80


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
    "int or string": (Annotated[int | str, IntOrString()], {"x-kubernetes-int-or-string": True}),
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
        Annotated[str, Rule("self != 'x'", "must not be x", reason="FieldValueForbidden")],
        {
            "type": "string",
            "x-kubernetes-validations": [
                {"rule": "self != 'x'", "message": "must not be x", "reason": "FieldValueForbidden"}
            ],
        },
    ),
    "format": (Annotated[str, Format("uuid")], {"type": "string", "format": "uuid"}),
}


@pytest.mark.parametrize(("annotation", "expected"), EXACT.values(), ids=EXACT)
def test_exact(annotation: Any, expected: dict[str, Any]) -> None:
    """A construct with an equivalent becomes that and nothing else."""
    assert structural_schema(Box[annotation])["properties"]["content"] == expected


class Defaults(Node):
    plain: int = 3
    absent: str | None = None
    null: Annotated[str | None, Nullable()] = None
    nested: Item = Item(name="a")
    filled: list[int] = Field(default_factory=list)
    aliased: Annotated[str, Field(alias="if")] = "x"


def test_defaults() -> None:
    """A default is written whole; None means that the field may be absent, and null only if said so."""
    expected = {
        "plain": {"type": "integer", "default": 3},
        "absent": {"type": "string"},
        "null": {"type": "string", "nullable": True},
        "nested": {**ITEM, "default": {"name": "a"}},
        "filled": {"type": "array", "items": {"type": "integer"}, "default": []},
        "if": {"type": "string", "default": "x"},
    }

    assert structural_schema(Defaults) == {"type": "object", "properties": expected}


class Tree(Node):
    children: "list[Tree] | None" = None


class Cat(Node):
    kind: Literal["cat"]


class Dog(Node):
    kind: Literal["dog"]


class Pair(NamedTuple):
    left: int
    right: int


class Options(TypedDict):
    verbose: bool


@dataclass
class Point:
    x: int


class Strict(Node):
    model_config = ConfigDict(extra="forbid")
    name: str


class Stripped(Node):
    model_config = ConfigDict(str_strip_whitespace=True)
    name: str


class Computed(Node):
    name: str

    @computed_field  # type: ignore[prop-decorator]
    @property
    def length(self) -> int:
        return len(self.name)


class Validated(Node):
    name: str

    @field_validator("name")
    @classmethod
    def is_known(cls, name: str) -> str:
        return name


class Serialized(Node):
    name: str

    @field_serializer("name")
    def shout(self, name: str) -> str:
        return name.upper()


class TwoNames(Node):
    name: Annotated[str, Field(validation_alias="in", serialization_alias="out")]


class Excluded(Node):
    name: Annotated[str, Field(exclude=True)]


class Drifting(Node):
    identity: str = Field(default_factory=lambda: str(uuid.uuid4()))


def is_short(text: str) -> str:
    return text


REFUSED: dict[str, tuple[Any, str]] = {
    "recursion": (
        Tree,
        (
            "Tree: content.children[]: Tree contains itself, and a structural schema has no references\n"
            "  - dict[str, Any] where the recursion starts, so that deeper levels are kept unchecked\n"
            "  - as many models as there are levels"
        ),
    ),
    "tuple": (
        tuple[int, str],
        (
            "Box[tuple[int, str]]: content: tuple has no exact structural equivalent\n"
            "  - a model with named fields\n"
            "  - Annotated[list[T], Field(min_length=n, max_length=n)] when items agree"
        ),
    ),
    "named tuple": (Pair, "Box[Pair]: content: named-tuple (Pair) has no exact structural equivalent"),
    "typed dict": (Options, "Box[Options]: content: typed-dict (Options) has no exact structural equivalent"),
    "dataclass": (Point, "Box[Point]: content: dataclass (Point) has no exact structural equivalent"),
    "Decimal": (
        decimal.Decimal,
        (
            "Box[Decimal]: content: decimal has no exact structural equivalent\n"
            "  - Annotated[str, Field(pattern=...)], exact\n"
            "  - IntOrString with a pattern, as Kubernetes quantities do"
        ),
    ),
    "timedelta": (
        datetime.timedelta,
        (
            "Box[timedelta]: content: timedelta has no exact structural equivalent\n"
            "  - an integer that names its unit (timeout_seconds: Int32)\n"
            "  - Annotated[str, Format('duration')] for Go's syntax, which ISO 8601 is not"
        ),
    ),
    "datetime": (
        datetime.datetime,
        (
            "Box[datetime]: content: datetime has no exact structural equivalent\n"
            "  - crd_gen.Time, which reads what the server's `date-time` format reads"
        ),
    ),
    "bytes": (bytes, "Box[bytes]: content: bytes has no exact structural equivalent"),
    "UUID": (uuid.UUID, "Box[UUID]: content: uuid has no exact structural equivalent"),
    "URL": (AnyUrl, "Box[AnyUrl]: content: "),
    "union": (int | str, "Box[Union[int, str]]: content: union has no exact structural equivalent"),
    "tagged union": (
        Annotated[Cat | Dog, Field(discriminator="kind")],
        (
            "content: tagged-union has no exact structural equivalent\n"
            "  - one model with the tag as Literal and every branch optional, and a Rule that ties them"
        ),
    ),
    "set": (
        set[str],
        (
            "Box[set[str]]: content: set has no exact structural equivalent\n"
            "  - Annotated[list[T], SetList()], which refuses what set() silently merges"
        ),
    ),
    "frozenset": (frozenset[str], "Box[frozenset[str]]: content: frozenset has no exact"),
    "mixed enumeration": (Literal["a", 1], "content: values of int, str in one enumeration"),
    "constrained keys": (
        dict[Annotated[str, Field(max_length=3)], str],
        "content: keys other than plain strings cannot be said (no propertyNames)\n",
    ),
    "number keys": (dict[int, str], "content: keys other than plain strings cannot be said"),
    "extra=forbid": (Strict, 'Strict: content: extra="forbid" cannot be said'),
    "stripped strings": (
        Stripped,
        "Stripped: content: model_config sets str_strip_whitespace, which a schema cannot say",
    ),
    "validator": (
        Annotated[str, AfterValidator(is_short)],
        (
            "content: the validator is_short exists in Python only\n"
            "  - a Rule with its CEL text, and the same check in Python as accepts="
        ),
    ),
    "field validator": (
        Validated,
        "Validated: content.name: the validator Validated.is_known exists",
    ),
    "serializer": (Serialized, "Serialized: content.name: a serializer writes another value than was read"),
    "computed field": (Computed, "Computed: content: a computed field is written but never read"),
    "two aliases": (TwoNames, "TwoNames: content.name: is read as 'in' and written as 'out'"),
    "excluded": (Excluded, "Excluded: content.name: exclude=True would store nothing"),
    "drifting default": (Drifting, "Drifting: content.identity: a default factory may give another value"),
    "Unicode digits": (
        Annotated[str, Field(pattern=r"^\d+$")],
        "content: pattern '^\\\\d+$' uses \\d, Unicode for pydantic and ASCII for Go: write [0-9]",
    ),
    "two bounds": (Annotated[int, Field(ge=1, gt=0)], "content: an inclusive and an exclusive bound"),
    "constraint after a rule": (
        Annotated[str, Rule("self != 'x'", accepts=lambda text: text != "x"), Field(max_length=3)],
        "content: the validator",
    ),
    "pruned but preserved": (
        Annotated[Item, PreserveUnknown()],
        "content: PreserveUnknown on a model that drops unknown fields",
    ),
    "int or string on a bool": (
        Annotated[bool, IntOrString()],
        "content: IntOrString stands on something other than int | str",
    ),
}


@pytest.mark.parametrize(("annotation", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(annotation: Any, message: str) -> None:
    """A construct without an equivalent is refused with the model, the path and what to write instead."""
    with pytest.raises(UnmappableError) as refusal:
        structural_schema(Box[annotation])

    assert message in str(refusal.value)


def test_refusal_carries_its_parts() -> None:
    """A program reads model, path, problem and ways out apart."""
    with pytest.raises(UnmappableError) as refusal:
        structural_schema(Box[set[str]])

    error = refusal.value
    assert (error.model, error.path, error.problem, error.ways_out) == (
        "Box[set[str]]",
        "content",
        "set has no exact structural equivalent",
        ("Annotated[list[T], SetList()], which refuses what set() silently merges",),
    )


class Plain(BaseModel):
    name: str


def test_plain_pydantic_model() -> None:
    """A model need not derive from Node."""
    assert structural_schema(Plain) == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }
