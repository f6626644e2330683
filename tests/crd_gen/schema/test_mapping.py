"""The structural schemas of pydantic's types."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from typing_extensions import deprecated

from crd_gen import Node, Nullable
from crd_gen.models.field_path import dotted, resolve
from crd_gen.schema.structural import structural_schema
from support.crds.constructs import EXACT, ITEM, Box, Item


@pytest.mark.parametrize(("annotation", "expected"), EXACT.values(), ids=EXACT)
def test_construct_has_an_exact_schema(annotation: Any, expected: dict[str, Any]) -> None:
    """A construct with an exact equivalent is translated to it."""
    assert structural_schema(Box[annotation])["properties"]["content"] == expected


class Defaults(Node):
    plain: int = 3
    absent: str | None = None
    null: Annotated[str | None, Nullable()] = None
    nested: Item = Item(name="a")
    filled: list[int] = Field(default_factory=list)
    aliased: Annotated[str, Field(alias="if")] = "x"


def test_defaults_are_part_of_the_schema() -> None:
    """A default is part of the schema; None means an optional field, or null if it is Nullable."""
    expected = {
        "plain": {"type": "integer", "default": 3},
        "absent": {"type": "string"},
        "null": {"type": "string", "nullable": True},
        "nested": {**ITEM, "default": {"name": "a"}},
        "filled": {"type": "array", "items": {"type": "integer"}, "default": []},
        "if": {"type": "string", "default": "x"},
    }

    assert structural_schema(Defaults) == {"type": "object", "properties": expected}


class Plain(BaseModel):
    name: str


def test_plain_pydantic_model_is_translated() -> None:
    """A model need not inherit from Node."""
    assert structural_schema(Plain) == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }


class Outer(Node):
    inner: "Inner"


class Inner(Node):
    comes_later: "Later | None" = None


class Later(Node):
    name: str


def test_absent_field_with_a_forward_reference_is_not_written() -> None:
    """The JSON name of a field is known, although pydantic resolved its type only for the model around it."""
    assert Outer.model_validate({"inner": {}}).model_dump(by_alias=True) == {"inner": {}}


def test_path_leads_through_a_forward_reference() -> None:
    """A path has the JSON names of fields whose types are declared later."""
    assert dotted(resolve(Outer, lambda outer: outer.inner.comes_later.name)) == ".inner.comesLater.name"


@deprecated("use Item")
class Old(Node):
    name: str


def test_deprecated_class_says_so() -> None:
    """What the decorator adds to a class is no check, and its message is part of the description."""
    assert structural_schema(Box[Old])["properties"]["content"] == {
        "type": "object",
        "description": "Deprecated: use Item",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }


class Game(BaseModel):
    name: str

    def rules(self) -> str:
        return f"the rules of {self.name}"


def test_plain_model_may_use_the_name_rules_for_something_else() -> None:
    """Only a tuple of markers is taken for rules."""
    assert structural_schema(Box[Game])["properties"]["content"] == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }
