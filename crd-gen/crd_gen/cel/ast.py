"""The syntax tree of an expression, with macros unexpanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Scalar = str | bytes | int | float | bool | None


@dataclass(frozen=True)
class Literal:
    """A constant value."""

    value: Scalar
    column: int = 0


@dataclass(frozen=True)
class Ident:
    """A reference to a variable."""

    name: str
    column: int = 0


@dataclass(frozen=True)
class Select:
    """operand.field; test is set within has(), optional for `.?`."""

    operand: Expression
    field: str
    test: bool = False
    optional: bool = False
    column: int = 0


@dataclass(frozen=True)
class Call:
    """A function, a method of target, or an operator by its CEL name (`_+_`)."""

    function: str
    arguments: tuple[Expression, ...]
    target: Expression | None = None
    column: int = 0


@dataclass(frozen=True)
class ListOf:
    """A list literal."""

    items: tuple[Expression, ...]
    column: int = 0


@dataclass(frozen=True)
class MapOf:
    """A map literal."""

    entries: tuple[tuple[Expression, Expression], ...]
    column: int = 0


@dataclass(frozen=True)
class Loop:
    """A comprehension macro (all, exists, map, filter …) over a range, with its variables and bodies."""

    macro: str
    range: Expression
    variables: tuple[str, ...]
    bodies: tuple[Expression, ...]
    column: int = 0


Expression = Literal | Ident | Select | Call | ListOf | MapOf | Loop


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct subexpressions."""
    match expression:
        case Select(operand=operand):
            return (operand,)
        case Call(arguments=arguments, target=target):
            return (target, *arguments) if target else arguments
        case ListOf(items=items):
            return items
        case MapOf(entries=entries):
            return tuple(part for entry in entries for part in entry)
        case Loop(range=ranged, bodies=bodies):
            return (ranged, *bodies)
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield an expression and all its subexpressions."""
    yield expression
    for inner in children(expression):
        yield from walk(inner)


def uses(expression: Expression, name: str) -> bool:
    """Return True if an expression reads a variable."""
    return any(isinstance(part, Ident) and part.name == name for part in walk(expression))
