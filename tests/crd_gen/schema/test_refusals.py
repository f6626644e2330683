"""Constructs of pydantic without an exact equivalent are errors with model, path and alternatives."""

import datetime
import decimal
import enum
import ipaddress
import pathlib
import re
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AnyUrl,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    OnErrorOmit,
    RootModel,
    SecretStr,
    SkipValidation,
    Tag,
    computed_field,
    field_serializer,
    field_validator,
)
from typing_extensions import TypeAliasType, TypedDict

from crd_gen import (
    AtomicList,
    Format,
    IntOrString,
    Node,
    NotNull,
    Nullable,
    ObjectMeta,
    Pattern,
    PreserveUnknown,
    Rule,
    SetList,
)
from crd_gen.errors import UnmappableError
from crd_gen.schema.structural import structural_schema
from support.crds.constructs import Box, Item


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


class Letters(enum.Enum):
    A = "a"
    ONE = 1


class Powers(enum.Flag):
    READ = 1
    WRITE = 2


class OneName(Node):
    first: Annotated[int, Field(alias="x")]
    second: Annotated[int, Field(alias="x")]


class ManyNames(Node):
    name: Annotated[str, Field(validation_alias=AliasChoices("a", "b"))]


class ByAttribute(Node):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)
    its_name: str


class PythonPatterns(Node):
    model_config = ConfigDict(regex_engine="python-re")
    name: str


class TypedExtras(Node):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]


class Endless(Node):
    size: float = float("inf")


class Forgiving(enum.Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> "Forgiving":  # noqa: ARG003
        return cls.A


class Side(enum.Enum):
    LEFT = "left"


Nested: Any = TypeAliasType("Nested", "list[Nested]")


class Trimmed(RootModel[str]):
    model_config = ConfigDict(str_strip_whitespace=True)


class Anything(RootModel[Any]):
    """Any value, also null."""


class Level(RootModel[int]):
    root: int = 5


class Even(Node):
    size: Annotated[int, Rule("self % 2 == 0", "must be even", accepts=lambda size: size % 2 == 0)] = 3


class Twofold(Node):
    tags: Annotated[list[str], SetList()] = Field(default=["a", "a"])


class Opaque(Node):
    value: Any = object()


def kind_of(value: Any) -> str:
    return str(value)


def is_short(text: str) -> str:
    return text


REFUSED: dict[str, tuple[Any, str]] = {
    "recursion": (
        Tree,
        (
            "Tree: content.children[]: Tree is recursive, but a structural schema has no references\n"
            "  - dict[str, Any] where the recursion starts, so that deeper levels are stored unchecked\n"
            "  - one model for each level"
        ),
    ),
    "tuple": (
        tuple[int, str],
        (
            "Box[tuple[int, str]]: content: tuple has no exact structural equivalent\n"
            "  - a model with named fields\n"
            "  - Annotated[list[T], Field(min_length=n, max_length=n)] if all items have one type"
        ),
    ),
    "named tuple": (Pair, "Box[Pair]: content: named-tuple (Pair) has no exact structural equivalent"),
    "typed dict": (Options, "Box[Options]: content: typed-dict (Options) has no exact structural equivalent"),
    "dataclass": (Point, "Box[Point]: content: dataclass (Point) has no exact structural equivalent"),
    "Decimal": (
        decimal.Decimal,
        (
            "Box[Decimal]: content: decimal has no exact structural equivalent\n"
            "  - Annotated[str, Field(pattern=...)] for exact decimals\n"
            "  - crd_gen.Quantity for an amount with a unit"
        ),
    ),
    "timedelta": (
        datetime.timedelta,
        (
            "Box[timedelta]: content: timedelta has no exact structural equivalent\n"
            "  - an integer with the unit in its name (timeout_seconds: Int32)\n"
            "  - Annotated[str, Format('duration')] for Go durations (1h30m), which are not ISO 8601"
        ),
    ),
    "datetime": (
        datetime.datetime,
        (
            "Box[datetime]: content: datetime has no exact structural equivalent\n"
            "  - crd_gen.Time, which accepts what the server's `date-time` format accepts"
        ),
    ),
    "date": (datetime.date, "Box[date]: content: date has no exact structural equivalent\n  - crd_gen.Date"),
    "time": (datetime.time, "Box[time]: content: time has no exact structural equivalent"),
    "bytes": (bytes, "Box[bytes]: content: bytes has no exact structural equivalent"),
    "UUID": (
        uuid.UUID,
        ("Box[UUID]: content: uuid has no exact structural equivalent\n  - Annotated[str, Format('uuid')]"),
    ),
    "URL": (
        AnyUrl,
        (
            "Box[AnyUrl]: content: AnyUrl has no exact structural equivalent\n"
            "  - Annotated[str, Field(pattern='^https://')]\n"
            "  - Annotated[str, Format('uri', accepts=...)], with the server's check in Python"
        ),
    ),
    "address": (
        ipaddress.IPv4Address,
        (
            "Box[IPv4Address]: content: IPv4Address has no exact structural equivalent\n"
            "  - Annotated[str, Format('ipv4')], or 'ipv6', 'cidr'"
        ),
    ),
    "path": (pathlib.Path, "Box[Path]: content: Path has no exact structural equivalent\n  - str"),
    "secret": (
        SecretStr,
        (
            "Box[SecretStr]: content: SecretStr has no exact structural equivalent\n"
            "  - a reference to a key of a Secret: do not store secrets in a custom resource"
        ),
    ),
    "Json": (Json[int], "content: json has no exact structural equivalent"),
    "None": (type(None), "Box[NoneType]: content: none has no exact structural equivalent"),
    "union of models": (Cat | Dog, "content: union has no exact structural equivalent"),
    "union told apart by a function": (
        Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(kind_of)],
        "content: tagged-union has no exact structural equivalent",
    ),
    "enumeration or null": (
        Literal["a"] | None,
        (
            "content: a nullable enumeration: the server rejects null, even if the enum lists it\n"
            "  - T | None = None, where None means absent"
        ),
    ),
    "Literal of None": (Literal["a", None], "content: values of NoneType, str in one"),  # noqa: PYI061
    "Enum of two types": (Letters, "content: values of int, str in one enumeration"),
    "Flag": (Powers, "content: a Flag accepts every combination of its values"),
    "one name twice": (OneName, "OneName: content.x: two fields have this JSON name"),
    "choice of aliases": (
        ManyNames,
        "ManyNames: content.name: has the validation alias [['a'], ['b']] but the serialization alias 'name'",
    ),
    "read by attribute": (ByAttribute, "ByAttribute: content: model_config sets validate_by_alias=False"),
    "Python's patterns": (
        PythonPatterns,
        "PythonPatterns: content: model_config sets regex_engine=python-re",
    ),
    "typed extras": (TypedExtras, "TypedExtras: content: __pydantic_extra__ has a type"),
    "endless default": (Endless, "Endless: content.size: the default inf is not valid JSON"),
    "opaque default": (Opaque, "Opaque: content.value: the default <object object at"),
    "endless bound": (
        Annotated[float, Field(le=float("inf"))],
        "content: maximum inf is not valid JSON\n  - omit the bound",
    ),
    "multiple of a fraction": (
        Annotated[float, Field(multiple_of=0.1)],
        "content: multiple_of on a float: the server's check is inexact",
    ),
    "compiled pattern": (
        Annotated[str, Field(pattern=re.compile("^a$", re.IGNORECASE))],
        "content: pattern '^a$' is compiled by Python, whose $ and flags differ from Go's",
    ),
    "format that only Go checks": (
        Annotated[str, Format("email")],
        (
            "content: format 'email' is checked by the server only\n"
            "  - Format('email', accepts=...), with the same check in Python\n"
            "  - a pattern, which both check"
        ),
    ),
    "int32 without its bounds": (
        Annotated[int, Format("int32")],
        "content: format 'int32' without bounds is not checked by pydantic",
    ),
    "float32": (
        Annotated[float, Format("float")],
        "content: format 'float' has a range that pydantic does not check",
    ),
    "two list types": (
        Annotated[list[str], AtomicList(), SetList()],
        "content: x-kubernetes-list-type is set twice: 'atomic' and 'set'\n  - keep one of them",
    ),
    "two patterns": (
        Annotated[str, Field(pattern="^a"), Pattern("^b")],
        "content: pattern is set twice: '^a' and '^b'",
    ),
    "Nullable without None": (
        Annotated[int, Nullable()],
        "content: Nullable requires a type that accepts None\n  - T | None",
    ),
    "metadata inside": (
        ObjectMeta,
        "ObjectMeta: content: ObjectMeta is supported only as the metadata of an object",
    ),
    "enumeration on one arm": (
        Annotated[Literal["a"] | int, IntOrString()],
        "content: enum on a branch of IntOrString would apply to both",
    ),
    "union": (int | str, "Box[Union[int, str]]: content: union has no exact structural equivalent"),
    "tagged union": (
        Annotated[Cat | Dog, Field(discriminator="kind")],
        (
            "content: tagged-union has no exact structural equivalent\n"
            "  - one model with the tag as Literal and every branch optional, and a Rule that relates them"
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
        "content: map keys must be plain strings: a structural schema has no propertyNames\n",
    ),
    "number keys": (dict[int, str], "content: map keys must be plain strings"),
    "extra=forbid": (Strict, 'Strict: content: extra="forbid" has no equivalent'),
    "stripped strings": (
        Stripped,
        "Stripped: content: model_config sets str_strip_whitespace, which a schema cannot express",
    ),
    "validator": (
        Annotated[str, AfterValidator(is_short)],
        (
            "content: the validator is_short runs only in Python\n"
            "  - a Rule in CEL, with the same check in Python as accepts="
        ),
    ),
    "field validator": (
        Validated,
        "Validated: content.name: the validator Validated.is_known runs",
    ),
    "serializer": (
        Serialized,
        "Serialized: content.name: a serializer writes a value other than the validated one",
    ),
    "computed field": (Computed, "Computed: content: a computed field is serialized but never validated"),
    "two aliases": (
        TwoNames,
        "TwoNames: content.name: has the validation alias 'in' but the serialization alias 'out'",
    ),
    "excluded": (Excluded, "Excluded: content.name: exclude=True drops the value"),
    "drifting default": (
        Drifting,
        "Drifting: content.identity: a default factory can return a different value",
    ),
    "Unicode digits": (
        Annotated[str, Field(pattern=r"^\d+$")],
        (
            "content: pattern '^\\\\d+$' uses \\d, which is Unicode in pydantic and ASCII in Go:"
            " write [0-9]\n"
            "  - Annotated[str, Pattern(...)], which pydantic matches as Go does"
        ),
    ),
    "type without its validation": (
        SkipValidation[int],
        "content: SkipValidation has a JSON schema of its own, __get_pydantic_json_schema__",
    ),
    **{
        f"{word} {bound}": (
            Annotated[float, Field(**{word: bound})],  # type: ignore[call-overload]
            f"content: {word} {bound}: the server truncates it to {int(bound)} for values without a fraction",
        )
        for word, bound in (("ge", 1.5), ("gt", -0.5), ("le", -0.5), ("lt", 1.5))
    },
    "item that is dropped": (
        list[OnErrorOmit[int]],
        (
            "content[]: OnErrorOmit drops an invalid value, where the server rejects the object\n"
            "  - the type itself, without OnErrorOmit"
        ),
    ),
    "enumeration with _missing_": (
        Forgiving,
        (
            "content: Forgiving._missing_ accepts more than the values of the enumeration\n"
            "  - an enumeration without _missing_, which lists all values"
        ),
    ),
    "member in a Literal": (
        Literal[Side.LEFT, "right"],
        (
            "content: pydantic does not read Side.LEFT in a Literal from JSON\n"
            "  - its value: Literal['left']\n"
            "  - an enumeration derived from StrEnum or IntEnum"
        ),
    ),
    "recursive alias": (
        Nested,
        (
            "content[]: the type alias is recursive, but a structural schema has no references\n"
            "  - dict[str, Any] where the recursion starts"
        ),
    ),
    "settings of a root model": (
        Trimmed,
        "Trimmed: content: model_config sets str_strip_whitespace, which a schema cannot express",
    ),
    "default of a root model": (
        Level,
        (
            "Level: content: the default of Level has no effect on fields of that type, which stay required\n"
            "  - a default on the field: Level = Level(...)"
        ),
    ),
    "pattern that only Go compiles": (
        Annotated[str, Field(pattern=r"^\Qa.b\E$")],
        (
            r"content: pattern '^\\Qa.b\\E$' does not compile in pydantic: unrecognized escape sequence"
            "\n  - Annotated[str, Pattern(...)], which pydantic matches as Go does"
        ),
    ),
    "default that a rule refuses": (
        Even,
        ("Even: content.size: the default 3 is invalid: must be even\n  - a default that the type accepts"),
    ),
    "default with an item twice": (
        Twofold,
        "Twofold: content.tags: the default ['a', 'a'] is invalid: items must be unique",
    ),
    "constraint after a rule": (
        Annotated[str, Rule("self != 'x'", accepts=lambda text: text != "x"), Field(max_length=3)],
        (
            "content: Field(max_length=3) is not a constraint of this type\n"
            "  - Field(...) before other markers: Annotated[str, Field(max_length=40), Format('date')]"
        ),
    ),
    "length of a model": (
        Annotated[Item, Field(min_length=1)],
        (
            "content: Field(min_length=1) is not a constraint of this type\n"
            "  - model_config = ConfigDict(json_schema_extra={'minProperties': 1}) on the model\n"
            "  - a Rule of the model: has(self.first) || has(self.second)"
        ),
    ),
    "length of listed values": (
        Annotated[Literal["a", "b"], Field(max_length=9)],
        (
            "content: Field(max_length=9) is not a constraint of this type\n"
            "  - leave it out: the values have their lengths"
        ),
    ),
    "NotNull on a string": (
        Annotated[str, NotNull()],
        "content: NotNull requires Any\n  - T without None, for which null is invalid anyway",
    ),
    "NotNull in a list": (
        list[Annotated[Any, NotNull()]],
        "content[]: NotNull on items: the server stores null in a list of anything\n  - list[Any]",
    ),
    "NotNull on a model": (
        Annotated[Anything, NotNull()],
        "content: NotNull on a model: null within it is valid\n  - RootModel[Annotated[Any, NotNull()]]",
    ),
    "NotNull and Nullable": (
        Annotated[Any, Nullable(), NotNull()],
        "content: Nullable and NotNull exclude each other\n  - one of them",
    ),
    "pruned but preserved": (
        Annotated[Item, PreserveUnknown()],
        "content: PreserveUnknown on a model that drops unknown fields",
    ),
    "int or string on a bool": (
        Annotated[bool, IntOrString()],
        "content: IntOrString requires int | str",
    ),
}


@pytest.mark.parametrize(("annotation", "message"), REFUSED.values(), ids=REFUSED)
def test_construct_without_an_equivalent_is_an_error(annotation: Any, message: str) -> None:
    """The error names the model, the path and the alternatives."""
    with pytest.raises(UnmappableError) as refusal:
        structural_schema(Box[annotation])

    assert message in str(refusal.value)


def test_error_has_attributes() -> None:
    """Model, path, problem and alternatives are attributes of the exception."""
    with pytest.raises(UnmappableError) as refusal:
        structural_schema(Box[set[str]])

    error = refusal.value
    assert (error.model, error.path, error.problem, error.alternatives) == (
        "Box[set[str]]",
        "content",
        "set has no exact structural equivalent",
        ("Annotated[list[T], SetList()], which refuses what set() silently merges",),
    )
