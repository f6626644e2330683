# ruff: noqa: D101 - the models are the examples
"""Each construct of pydantic with an exact equivalent becomes that."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from constructs import EXACT, ITEM, Box, Item
from crd_gen import Node, Nullable
from crd_gen.schema.structural import structural_schema


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


class Plain(BaseModel):
    name: str


def test_plain_pydantic_model() -> None:
    """A model need not derive from Node."""
    assert structural_schema(Plain) == {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}},
    }
