"""Rules as the API server compiles them."""

from __future__ import annotations

from crd_gen.cel.checker import Checked, check
from crd_gen.cel.parser import parse
from crd_gen.cel.types import DeclType
from crd_gen.errors import CelError


def compile_expression(text: str, root: DeclType, wanted: str, *, optional_old: bool = False) -> Checked:
    """Parse and check an expression that has to return a type. Raises CelError."""
    expression = parse(text)
    checked = check(expression, root, optional_old=optional_old)
    found = checked.type(expression)
    if found.kind != wanted:
        raise CelError(f"must return a {wanted}, not a {found}")
    return checked


RESULTS = {"rule": "bool", "messageExpression": "string"}
"""The type that each kind of expression has to return."""
