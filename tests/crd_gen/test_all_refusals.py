"""Every refusal of every model in one run, each with a way out; nothing is dropped in silence."""

import collections
import enum
from collections.abc import Iterable
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, cast

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Json,
    RootModel,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import Examples, SkipJsonSchema

from crd_gen import (
    CustomResource,
    Format,
    Immutable,
    Names,
    Node,
    NotNull,
    Pattern,
    PythonOnly,
    Rule,
    Version,
    map_class,
)
from crd_gen.errors import RefusedError, UnmappableError
from crd_gen.resources.definition import definition, definitions
from crd_gen.schema.structural import structural_schema, translate


class Several(Node):
    unique: set[str]
    pair: tuple[int, str]
    raw: bytes
    by_number: dict[int, str]
    fine: str


def refusals(model: type[BaseModel]) -> list[tuple[str, str]]:
    """Return the path and problem of each refusal."""
    with pytest.raises(UnmappableError) as refused:
        structural_schema(model)
    return [(found.path, found.problem) for found in (refused.value, *refused.value.others)]


def test_all_refusals_of_a_model_are_reported() -> None:
    """One run names every field without an equivalent."""
    assert refusals(Several) == [
        ("unique", "set has no exact structural equivalent"),
        ("pair", "tuple has no exact structural equivalent"),
        ("raw", "bytes has no exact structural equivalent"),
        ("byNumber", "map keys must be plain strings: a structural schema has no propertyNames"),
    ]


def test_refusal_names_model_field_file_and_line() -> None:
    """A refusal can be found without a search, and says what to write instead."""
    with pytest.raises(UnmappableError) as refused:
        structural_schema(Several)

    first = refused.value.text
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    line = lines.index("    unique: set[str]") + 1
    assert first.endswith(
        f"test_all_refusals.py:{line}: Several: unique: set has no exact structural equivalent\n"
        "  - Annotated[list[T], SetList()], which refuses what set() silently merges"
    )


class Nested(Node):
    several: list[Several]
    again: Several


def test_refusal_of_a_shared_model_is_reported_once() -> None:
    """A model that is used twice has each refusal once."""
    assert len(refusals(Nested)) == 4


class Box(CustomResource):
    names: ClassVar = Names(group="repro.example.com", kind="Box", plural="boxes")
    version: ClassVar = Version(name="v1")
    spec: Several


class WrongRule(Node):
    rules: ClassVar = (Rule("self.size == 'a'", "a comparison that does not compile"),)
    size: int


class Crate(CustomResource):
    names: ClassVar = Names(group="repro.example.com", kind="Crate", plural="crates")
    version: ClassVar = Version(name="v1")
    spec: WrongRule


def test_errors_of_all_kinds_are_reported() -> None:
    """A kind with refusals does not hide the errors of another."""
    with pytest.raises(RefusedError) as refused:
        definitions({"boxes": [Box], "crates": [Crate]})

    text = str(refused.value)
    assert "spec.raw: bytes has no exact structural equivalent" in text
    assert "no matching overload for '==' applied to (int, string) (Crate.spec, " in text


class Both(CustomResource):
    names: ClassVar = Names(group="repro.example.com", kind="Both", plural="boths")
    version: ClassVar = Version(name="v1")
    spec: WrongRule
    other: Several


def test_rules_are_checked_beside_refused_fields() -> None:
    """A refused field does not hide that a rule elsewhere does not compile."""
    with pytest.raises(RefusedError) as refused:
        definition(Both)

    text = str(refused.value)
    assert "other.unique: set has no exact structural equivalent" in text
    assert "spec: rule 1 (self.size == 'a') has invalid CEL" in text


WAYS_OUT = {
    "deque": (collections.deque[int], "list[T]"),
    "Iterable": (Iterable[int], "list[T]"),
    "OrderedDict": (collections.OrderedDict[str, int], "dict[str, T]"),
    "Counter": (collections.Counter[str], "dict[str, int]"),
    "complex": (complex, "a model with two fields: real: float, imaginary: float"),
    "None": (type(None), "leave the field out: it has no value other than null"),
    "Json": (
        Json[int],
        "the type itself, without Json: the server stores JSON, not text that contains JSON",
    ),
    "class": (type[int], "a string that names the class"),
    "function": (collections.abc.Callable[[int], int], "leave the field out: a function is not data"),
}


@pytest.mark.parametrize(("annotation", "way_out"), WAYS_OUT.values(), ids=WAYS_OUT)
def test_refusal_has_a_way_out(annotation: Any, way_out: str) -> None:
    """Each refusal says what can be written instead."""

    class Holder(Node):
        field: annotation

    with pytest.raises(UnmappableError) as refused:
        structural_schema(Holder)

    assert way_out in refused.value.alternatives


class PostInit(Node):
    size: int

    def model_post_init(self, _context: Any) -> None:
        if self.size > 5:
            raise ValueError("at most 5")


class OwnInit(BaseModel):
    size: int

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)


class ModelValidated(Node):
    size: int

    @model_validator(mode="after")
    def is_small(self) -> "ModelValidated":
        return self


class Described(RootModel[Annotated[str, AfterValidator(str.upper)]]):
    """A text."""


IN_PYTHON = {
    "model_post_init": (PostInit, "", "PostInit.model_post_init runs only in Python"),
    "__init__": (OwnInit, "", "OwnInit.__init__ runs only in Python"),
    "model validator": (
        ModelValidated,
        "",
        "the validator ModelValidated.is_small runs only in Python",
    ),
    "validator of a RootModel": (Described, "", "the validator str.upper runs only in Python"),
}


@pytest.mark.parametrize(("model", "path", "problem"), IN_PYTHON.values(), ids=IN_PYTHON)
def test_check_in_python_is_refused(model: type[BaseModel], path: str, problem: str) -> None:
    """A check that the server does not make is not dropped in silence."""
    assert [found for found in refusals(model) if "Python" in found[1]] == [(path, problem)]


class Declared(Node):
    rules: ClassVar = (
        PythonOnly("the operator checks it", "is_small", "model_post_init"),
        Rule("self.size >= 0", "not negative"),
    )
    size: int
    name: Annotated[str, AfterValidator(str.strip), PythonOnly("shown only")]
    path: Annotated[str, PythonOnly("a file of the node")]

    def model_post_init(self, _context: Any) -> None:
        pass

    @model_validator(mode="after")
    def is_small(self) -> "Declared":
        return self

    @field_validator("path")
    @classmethod
    def exists(cls, path: str) -> str:
        return path


def test_declared_check_stays_in_python_and_is_listed() -> None:
    """PythonOnly lets a validator stay in Python, and the output lists it with its reason."""
    found = translate(Declared)

    assert found.report.refusals == []
    assert found.schema["properties"] == {
        "size": {"type": "integer"},
        "name": {"type": "string"},
        "path": {"type": "string"},
    }
    assert [line.partition(": ")[2] for line in found.report.python_only] == [
        "Declared.is_small runs only in Python: the operator checks it",
        "Declared.model_post_init runs only in Python: the operator checks it",
        "str.strip runs only in Python: shown only",
        "Declared.exists runs only in Python: a file of the node",
    ]


class Endpoint:
    """A class of another library."""


map_class(IPv6Address, to=Annotated[str, Format("ipv6")])
map_class(Endpoint, to=dict[str, Any])


class Addresses(Node):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    one: IPv6Address
    many: list[IPv6Address]
    named: dict[str, IPv6Address | None]
    endpoint: Endpoint | None = None


def test_class_of_another_library_is_mapped() -> None:
    """map_class says what stands in the schema for a class that cannot be changed."""
    address = {"type": "string", "format": "ipv6"}

    assert structural_schema(Addresses)["properties"] == {
        "one": address,
        "many": {"type": "array", "items": address},
        "named": {
            "type": "object",
            "additionalProperties": {**address, "nullable": True},
        },
        "endpoint": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    }


class Extra(BaseModel):
    model_config = ConfigDict(
        title="An extra",
        json_schema_extra={"x-kubernetes-validations": [{"rule": "self.low <= self.high"}]},
    )
    low: Annotated[int, Field(title="Low", examples=[1])]
    high: Annotated[int, Field(json_schema_extra={"x-kubernetes-validations": [{"rule": "self <= 100"}]})]
    old: Annotated[str | None, Field(deprecated="use new", description="The old one.")] = None
    words: list[Annotated[str, Field(description="One word.", examples=["a", "b"])]] = []
    seen: Annotated[str, Examples(["x"])] = ""
    hidden: str | SkipJsonSchema[None] = None


def test_additions_to_the_json_schema_are_taken_over() -> None:
    """What a definition has a keyword for is in it: titles, examples, deprecation, rules."""
    assert structural_schema(Extra) == {
        "type": "object",
        "title": "An extra",
        "required": ["high", "low"],
        "x-kubernetes-validations": [{"rule": "self.low <= self.high"}],
        "properties": {
            "low": {"type": "integer", "title": "Low", "example": 1},
            "high": {"type": "integer", "x-kubernetes-validations": [{"rule": "self <= 100"}]},
            "old": {"type": "string", "description": "The old one.\n\nDeprecated: use new"},
            "words": {
                "type": "array",
                "default": [],
                "items": {"type": "string", "description": "One word.\n\nExamples: `a`, `b`."},
            },
            "seen": {"type": "string", "default": "", "example": "x"},
            "hidden": {"type": "string"},
        },
    }


DROPPED = {
    "unknown keyword": (
        Annotated[str, Field(json_schema_extra={"x-order": 1})],
        "x-order of json_schema_extra is not a keyword of a definition: the server does not store it",
    ),
    "bound": (
        Annotated[str, Field(json_schema_extra={"maxLength": 3})],
        "maxLength of json_schema_extra is not checked by pydantic",
    ),
    "readOnly": (
        Annotated[str, Field(json_schema_extra={"readOnly": True})],
        "readOnly of json_schema_extra is not checked by pydantic",
    ),
    "function": (
        Annotated[str, Field(json_schema_extra=lambda schema: schema.clear())],
        "json_schema_extra is a function, which can change any keyword",
    ),
    "another schema": (
        Annotated[int, WithJsonSchema({"type": "string"})],
        "WithJsonSchema says {'type': 'string'}, but pydantic validates {'type': 'integer'}",
    ),
    "hidden type": (
        SkipJsonSchema[int],
        "SkipJsonSchema hides a type that the model accepts",
    ),
}


@pytest.mark.parametrize(("annotation", "problem"), DROPPED.values(), ids=DROPPED)
def test_addition_that_the_server_does_not_store_is_refused(annotation: Any, problem: str) -> None:
    """What a definition has no keyword for is refused by its name."""

    class Holder(Node):
        field: annotation

    assert refusals(Holder) == [("field", problem)]


def test_json_schema_of_an_unknown_type_is_taken_over() -> None:
    """WithJsonSchema says what a type without an equivalent is."""

    class Holder(Node):
        field: Annotated[complex, WithJsonSchema({"type": "string", "maxLength": 9})]

    assert structural_schema(Holder)["properties"] == {"field": {"type": "string", "maxLength": 9}}


A = Literal["a"]
Auto = Literal["auto"]
BC = Literal["b", "c"]


class Mode(enum.StrEnum):
    A = "a"
    B = "b"


class Inner(BaseModel):
    size: int = 1
    note: str | None = None


class Required(BaseModel):
    kind: str


class AtLeastOne(Node):
    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    name: str | None = None
    size: int | None = None


class EitherOr(Node):
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["a"]}, {"required": ["b"]}]})
    a: str | None = None
    b: str | None = None


EXACT: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "number of fields": (
        AtLeastOne,
        ...,
        {
            "type": "object",
            "minProperties": 1,
            "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
        },
    ),
    "alternatives of fields": (
        EitherOr,
        ...,
        {
            "type": "object",
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        },
    ),
    "optional anything": (Any | None, None, {"x-kubernetes-preserve-unknown-fields": True}),
    "optional anything but null": (
        Annotated[Any, NotNull()] | None,
        None,
        {"x-kubernetes-preserve-unknown-fields": True},
    ),
    "union of literals": (A | BC, ..., {"type": "string", "enum": ["a", "b", "c"]}),
    "union of enumerations": (Mode | Literal["c"], ..., {"type": "string", "enum": ["a", "b", "c"]}),
    "literal that a string covers": (Auto | str, ..., {"type": "string"}),
    "literal beside a pattern": (
        Literal["auto"] | Annotated[str, Field(pattern="^[0-9]+$")],
        ...,
        {"type": "string", "anyOf": [{"enum": ["auto"]}, {"pattern": "^[0-9]+$"}]},
    ),
    "integer or float": (int | float, ..., {"type": "number"}),
    "optional union of literals": (
        A | BC | None,
        None,
        {"type": "string", "enum": ["a", "b", "c"]},
    ),
    "marker around an optional": (
        Annotated[str | None, Pattern("^a")],
        None,
        {"type": "string", "pattern": "^a"},
    ),
    "factory of a constant": (
        list[str],
        Field(default_factory=lambda: ["a"]),
        {"type": "array", "items": {"type": "string"}, "default": ["a"]},
    ),
    "factory of an enumeration": (
        Mode,
        Field(default_factory=lambda: Mode.B),
        {"type": "string", "enum": ["a", "b"], "default": "b"},
    ),
    "factory of a model with an absent field": (
        Inner,
        Field(default_factory=Inner),
        {
            "type": "object",
            "default": {"size": 1},
            "properties": {"size": {"type": "integer", "default": 1}, "note": {"type": "string"}},
        },
    ),
    "factory with arguments": (
        Required,
        Field(default_factory=lambda: Required(kind="x")),
        {
            "type": "object",
            "default": {"kind": "x"},
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
        },
    ),
}


@pytest.mark.parametrize(("annotation", "default", "schema"), EXACT.values(), ids=EXACT)
def test_construct_has_its_exact_form(annotation: Any, default: Any, schema: dict[str, Any]) -> None:
    """What has an exact form in a structural schema is mapped to it."""

    class Holder(Node):
        field: annotation = default

    assert structural_schema(Holder)["properties"] == {"field": schema}


def test_enumeration_values_are_mapped() -> None:
    """use_enum_values changes nothing on the wire."""

    class Holder(BaseModel):
        model_config = ConfigDict(use_enum_values=True)
        mode: Mode = Mode.A

    schema = {"type": "string", "enum": ["a", "b"], "default": "a"}
    assert structural_schema(Holder)["properties"] == {"mode": schema}


def test_two_classes_of_one_name_are_not_recursive() -> None:
    """A model may contain another of the same name."""

    class Holder(Node):
        inner: create_inner()  # type: ignore[valid-type]

    Holder.__qualname__ = Holder.__name__ = "Inner"

    assert structural_schema(Holder)["properties"]["inner"]["type"] == "object"


def create_inner() -> type[Node]:
    """Return a model called Inner."""
    return type("Inner", (Node,), {"__annotations__": {"size": int}, "__qualname__": "Inner"})


REFUSED_DEFAULTS = {
    "factory without its arguments": (
        Required,
        Field(default_factory=cast("Any", Required)),
        "the default factory Required cannot be called: kind: Field required",
    ),
    "factory that reads other fields": (
        int,
        Field(default_factory=lambda data: data["size"]),
        "the default factory reads other fields, and the server has one default for all objects",
    ),
    "factory of something new each time": (
        int,
        Field(default_factory=lambda: id(object())),
        "a default factory can return a different value each time",
    ),
}


@pytest.mark.parametrize(
    ("annotation", "default", "problem"), REFUSED_DEFAULTS.values(), ids=REFUSED_DEFAULTS
)
def test_default_without_a_constant_is_refused(annotation: Any, default: Any, problem: str) -> None:
    """A default factory that is not constant, or fails, is a refusal and no traceback."""

    class Holder(Node):
        size: int = 1
        field: annotation = default

    assert refusals(Holder) == [("field", problem)]


LOOK_AROUND = "pattern '^(?!-)[a-z]+$' does not compile in Go: it uses look-around, which Go does not know"


@pytest.mark.parametrize(
    "annotation",
    [Annotated[str, Field(pattern="^(?!-)[a-z]+$")], Annotated[str, Pattern("^(?!-)[a-z]+$")]],
    ids=["Field", "Pattern"],
)
def test_look_around_is_a_refusal(annotation: Any) -> None:
    """A pattern that neither pydantic's engine nor Go compiles is named with its field."""

    class Holder(Node):
        field: annotation
        other: bytes

    assert refusals(Holder) == [
        ("field", LOOK_AROUND),
        ("other", "bytes has no exact structural equivalent"),
    ]


class NotPydantic:
    pass


def test_type_that_pydantic_cannot_read_is_a_refusal() -> None:
    """A class that pydantic knows no schema for is named with its field."""

    class Holder(Node):
        field: NotPydantic
        other: bytes

    (path, problem), other = refusals(Holder)

    assert path == "field"
    assert problem.startswith("pydantic cannot read the type: Unable to generate pydantic-core schema for")
    assert other == ("other", "bytes has no exact structural equivalent")


class Rooted(RootModel[str]):
    """A name."""

    rules: ClassVar = (Rule("self != ''", "not empty"),)


def test_root_model_keeps_its_docstring_and_rules() -> None:
    """What a RootModel says of itself is in the schema."""
    assert structural_schema(Rooted) == {
        "type": "string",
        "description": "A name.",
        "x-kubernetes-validations": [{"rule": "self != ''", "message": "not empty"}],
    }


def test_macro_inside_an_optional_is_mapped() -> None:
    """Annotated[T | None, Immutable()] = None means Annotated[T, Immutable()] | None = None."""

    class Inside(Node):
        team: Annotated[str | None, Immutable()] = None

    class Outside(Node):
        team: Annotated[str, Immutable()] | None = None

    assert structural_schema(Inside) == structural_schema(Outside)
