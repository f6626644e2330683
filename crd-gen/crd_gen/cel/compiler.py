"""Rules as the API server compiles them."""

from __future__ import annotations

from crd_gen.cel.checker import Checked, check
from crd_gen.cel.parser import parse
from crd_gen.cel.typing import declarations
from crd_gen.cel.typing.types import DeclType
from crd_gen.errors import CelError

RESULTS = {"rule": "bool", "messageExpression": "string"}
"""The type that each kind of expression has to return."""


def use_version(minor: int) -> None:
    """Compile rules for a version of Kubernetes from now on."""
    declarations.use(minor)
    parse.cache_clear()


def compile_expression(
    text: str, root: DeclType, word: str = "rule", *, optional_old: bool = False
) -> Checked:
    """Parse and check a `rule` or `messageExpression`.

    Raises CelError, which has no column if only the result has the wrong type.
    """
    expression = parse(text)
    checked = check(expression, root, optional_old=optional_old)
    found = checked.type(expression)
    if found.kind != RESULTS[word]:
        raise CelError(f"must return a {RESULTS[word]} in {word}, not a {found}")
    return checked
