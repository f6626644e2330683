"""The macros that Kubernetes enables, and what they expand to.

The expansions decide types and costs (cel-go: parser/macro.go, ext/comprehensions.go, ext/lists.go,
cel/library.go).
"""

from __future__ import annotations

from collections.abc import Callable

from crd_gen.cel.ast import ACCUMULATOR, Call, Expression, Fold, Ident, ListOf, Literal, MapOf
from crd_gen.cel.typing.declarations import SORT_BY, TWO_VARIABLES, introduced
from crd_gen.errors import CelError

Arguments = tuple[Expression, ...]
Expand = Callable[["Macro"], Expression]
INSERT = "cel.@mapInsert"
SORT = "@sortByAssociatedKeys"
_SORT_INPUT = "@__sortBy_input__"


class Macro:
    """A call of a macro: its target, variables and bodies."""

    def __init__(
        self, name: str, target: Expression, variables: tuple[str, ...], bodies: Arguments, column: int
    ):
        self.name, self.target, self.variables = name, target, variables
        self.bodies, self.column = bodies, column

    def fold(self, initial: Expression, condition: Expression, step: Expression, result: Expression) -> Fold:
        """Return the loop over the target."""
        return Fold(
            self.name, self.target, self.variables, ACCUMULATOR, initial, condition, step, result, self.column
        )

    def guarded(self, step: Expression) -> Expression:
        """Return a step that is skipped unless the first of two bodies holds."""
        if len(self.bodies) == 1:
            return step
        return self.call("_?_:_", self.bodies[0], step, self.accumulator)

    def call(self, function: str, *arguments: Expression) -> Call:
        """Return a call at the macro's column."""
        return Call(function, arguments, None, self.column)

    def collect(self, initial: Expression, step: Expression) -> Fold:
        """Return a loop that runs to its end and adds to a list or map."""
        return self.fold(initial, Literal(True), self.guarded(step), self.accumulator)

    @property
    def accumulator(self) -> Ident:
        """Return a reference to the accumulator."""
        return Ident(ACCUMULATOR, self.column)


def _all(macro: Macro) -> Expression:
    accu = macro.accumulator
    condition = macro.call("@not_strictly_false", accu)
    return macro.fold(Literal(True), condition, macro.call("_&&_", macro.accumulator, macro.bodies[0]), accu)


def _exists(macro: Macro) -> Expression:
    accu = macro.accumulator
    condition = macro.call("@not_strictly_false", macro.call("!_", accu))
    return macro.fold(Literal(False), condition, macro.call("_||_", macro.accumulator, macro.bodies[0]), accu)


def _exists_one(macro: Macro) -> Expression:
    more = macro.call("_+_", macro.accumulator, Literal(1))
    step = macro.call("_?_:_", macro.bodies[0], more, macro.accumulator)
    return macro.fold(Literal(0), Literal(True), step, macro.call("_==_", macro.accumulator, Literal(1)))


def _map(macro: Macro) -> Expression:
    added = ListOf((macro.bodies[-1],), macro.column)
    return macro.collect(ListOf((), macro.column), macro.call("_+_", macro.accumulator, added))


def _filter(macro: Macro) -> Expression:
    kept = ListOf((Ident(macro.variables[0], macro.column),), macro.column)
    step = macro.call("_+_", macro.accumulator, kept)
    step = macro.call("_?_:_", macro.bodies[0], step, macro.accumulator)
    return macro.fold(ListOf((), macro.column), Literal(True), step, macro.accumulator)


def _transform_map(macro: Macro) -> Expression:
    key = Ident(macro.variables[0], macro.column)
    return macro.collect(
        MapOf((), macro.column), macro.call(INSERT, macro.accumulator, key, macro.bodies[-1])
    )


def _transform_entry(macro: Macro) -> Expression:
    return macro.collect(MapOf((), macro.column), macro.call(INSERT, macro.accumulator, macro.bodies[-1]))


def _bind(macro: Macro, name: str, value: Expression, result: Expression) -> Fold:
    unused = ("#unused",)
    nothing, never = ListOf((), macro.column), Literal(False)
    return Fold(macro.name, nothing, unused, name, value, never, Ident(name), result, macro.column)


def _mapped(macro: Macro) -> Fold:
    value = Call("value", (), macro.target, macro.column)
    return _bind(macro, macro.variables[0], value, macro.bodies[0])


def _opt_map(macro: Macro) -> Expression:
    return _if_present(macro, macro.call("optional.of", _mapped(macro)))


def _opt_flat_map(macro: Macro) -> Expression:
    return _if_present(macro, _mapped(macro))


def _if_present(macro: Macro, then: Expression) -> Expression:
    has_value = Call("hasValue", (), macro.target, macro.column)
    return macro.call("_?_:_", has_value, then, macro.call("optional.none"))


def _sort_by(macro: Macro) -> Expression:
    source = Ident(_SORT_INPUT, macro.column)
    keys = _map(Macro("map", source, macro.variables, macro.bodies, macro.column))
    return _bind(macro, _SORT_INPUT, macro.target, Call(SORT, (keys,), Ident(_SORT_INPUT), macro.column))


MACROS: dict[tuple[str, int], tuple[int, int, Expand]] = {
    **{("all", count): (count - 1, since, _all) for count, since in ((2, 0), (3, TWO_VARIABLES))},
    **{("exists", count): (count - 1, since, _exists) for count, since in ((2, 0), (3, TWO_VARIABLES))},
    ("exists_one", 2): (1, 0, _exists_one),
    ("exists_one", 3): (2, TWO_VARIABLES, _exists_one),
    ("existsOne", 3): (2, TWO_VARIABLES, _exists_one),
    ("map", 2): (1, 0, _map),
    ("map", 3): (1, 0, _map),
    ("filter", 2): (1, 0, _filter),
    ("transformList", 3): (2, TWO_VARIABLES, _map),
    ("transformList", 4): (2, TWO_VARIABLES, _map),
    ("transformMap", 3): (2, TWO_VARIABLES, _transform_map),
    ("transformMap", 4): (2, TWO_VARIABLES, _transform_map),
    ("transformMapEntry", 3): (2, TWO_VARIABLES, _transform_entry),
    ("transformMapEntry", 4): (2, TWO_VARIABLES, _transform_entry),
    ("optMap", 2): (1, 0, _opt_map),
    ("optFlatMap", 2): (1, 0, _opt_flat_map),
    ("sortBy", 2): (1, SORT_BY, _sort_by),
}
"""Variables, version and expansion by name and number of arguments."""


def expand(name: str, target: Expression, arguments: Arguments, column: int) -> Expression | None:
    """Return what a method call stands for if it is a macro; None if it is none. Raises CelError."""
    found = MACROS.get((name, len(arguments)))
    if found is None:
        return None
    count, since, expansion = found
    if not introduced(since):
        raise CelError(
            f"{name} with {len(arguments)} arguments can be used from Kubernetes 1.{since + 1} on", column
        )
    names: list[str] = []
    for argument in arguments[:count]:
        if not isinstance(argument, Ident):
            raise CelError(f"{name}: the variable must be a simple name", column)
        if argument.name in ("__result__", *names):
            raise CelError(f"{name}: the variable cannot be called {argument.name!r}", column)
        names.append(argument.name)
    return expansion(Macro(name, target, tuple(names), arguments[count:], column))
