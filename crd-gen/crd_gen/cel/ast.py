"""The syntax tree of an expression, with macros expanded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Scalar = str | bytes | int | float | bool | None


@dataclass(frozen=True, eq=False)
class Literal:
    """A constant value; unsigned is set for `1u`."""

    value: Scalar
    column: int = 0
    unsigned: bool = False


@dataclass(frozen=True, eq=False)
class Ident:
    """A reference to a variable."""

    name: str
    column: int = 0


@dataclass(frozen=True, eq=False)
class Select:
    """operand.field; test is set within has(), optional for `.?`."""

    operand: Expression
    field: str
    test: bool = False
    optional: bool = False
    column: int = 0


@dataclass(frozen=True, eq=False)
class Call:
    """A function, a method of target, or an operator by its CEL name (`_+_`)."""

    function: str
    arguments: tuple[Expression, ...]
    target: Expression | None = None
    column: int = 0


@dataclass(frozen=True, eq=False)
class ListOf:
    """A list literal; optional are the positions of `?value`."""

    items: tuple[Expression, ...]
    column: int = 0
    optional: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class MapOf:
    """A map literal; optional are the positions of `?key: value`."""

    entries: tuple[tuple[Expression, Expression], ...]
    column: int = 0
    optional: frozenset[int] = frozenset()


@dataclass(frozen=True, eq=False)
class Fold:
    """What a macro stands for: a loop over a range that computes an accumulator (cel-go's comprehension).

    A fold over no range binds a variable, which is its accumulator.
    """

    macro: str
    range: Expression
    variables: tuple[str, ...]
    accumulator: str
    initial: Expression
    condition: Expression
    step: Expression
    result: Expression
    column: int = 0

    @property
    def is_binding(self) -> bool:
        """Return True if the fold only binds its accumulator."""
        return self.accumulator != ACCUMULATOR


ACCUMULATOR = "@result"
"""The accumulator of a macro's loop, a name that no expression can contain."""

Expression = Literal | Ident | Select | Call | ListOf | MapOf | Fold


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
        case Fold():
            parts = (expression.range, expression.initial, expression.condition)
            return (*parts, expression.step, expression.result)
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
