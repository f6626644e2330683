"""The tree of an expression, macros unexpanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Scalar = str | bytes | int | float | bool | None


@dataclass(frozen=True)
class Literal:
    """A constant."""

    value: Scalar
    column: int = 0


@dataclass(frozen=True)
class Ident:
    """A variable."""

    name: str
    column: int = 0


@dataclass(frozen=True)
class Select:
    """operand.field; a test inside has(), optional with `.?`."""

    operand: Expression
    field: str
    test: bool = False
    optional: bool = False
    column: int = 0


@dataclass(frozen=True)
class Call:
    """A function, a method (target) or an operator, the latter by its name in CEL (`_+_`)."""

    function: str
    arguments: tuple[Expression, ...]
    target: Expression | None = None
    column: int = 0


@dataclass(frozen=True)
class ListOf:
    """A list."""

    items: tuple[Expression, ...]
    column: int = 0


@dataclass(frozen=True)
class MapOf:
    """A map."""

    entries: tuple[tuple[Expression, Expression], ...]
    column: int = 0


@dataclass(frozen=True)
class Loop:
    """A macro over a range (all, exists, existsOne, map, filter …) with its variables and bodies."""

    macro: str
    range: Expression
    variables: tuple[str, ...]
    bodies: tuple[Expression, ...]
    column: int = 0


Expression = Literal | Ident | Select | Call | ListOf | MapOf | Loop


def below(expression: Expression) -> tuple[Expression, ...]:
    """Give the direct parts of an expression."""
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


def parts(expression: Expression) -> Iterator[Expression]:
    """Give an expression and all that is in it."""
    yield expression
    for inner in below(expression):
        yield from parts(inner)


def uses(expression: Expression, name: str) -> bool:
    """Tell whether a variable is read."""
    return any(isinstance(part, Ident) and part.name == name for part in parts(expression))
