"""The static cost of an expression, and the check of its names, in one pass over the tree.

The arithmetic is that of cel-go (checker/cost.go) with Kubernetes' estimates (apiserver,
pkg/cel/library/cost.go; apiextensions, schema/cel/compilation.go); only maxima are kept. Types of
operators are not checked, so a figure is right for every expression that compiles.
"""

from __future__ import annotations

from crd_gen.cel import calls
from crd_gen.cel.amount import plus, times
from crd_gen.cel.declared import BOOL, DOUBLE, DYN, INT, Declared
from crd_gen.cel.errors import CelError
from crd_gen.cel.functions import NAME_SPACES, TYPES
from crd_gen.cel.syntax import Call, Expression, Ident, ListOf, Literal, Loop, MapOf, Select
from crd_gen.cel.value import Value

LIST_COST, MAP_COST = 10, 30


def estimate(expression: Expression, root: Declared, *, optional_old: bool = False) -> Value:
    """Measure an expression whose self and oldSelf are of type root. Raises CelError for an unknown name."""
    old = Declared("optional", elem=root) if optional_old else root
    names = {
        "self": Value(1, root, root, has_path=True, text="self"),
        "oldSelf": Value(1, old, None if optional_old else root, has_path=not optional_old, text="oldSelf"),
    }
    return Estimate(root, names).value(expression)


class Estimate:
    """One walk; names are the variables in reach."""

    def __init__(self, root: Declared, names: dict[str, Value]) -> None:
        self.root, self.names = root, names

    def value(self, expression: Expression) -> Value:  # noqa: PLR0911 - by kind of part
        """Measure a part."""
        match expression:
            case Literal(value=value):
                return _literal(value)
            case Ident():
                return self._ident(expression)
            case Select():
                return self._select(expression)
            case Call():
                return self._call(expression)
            case ListOf(items=items):
                return self._list(items)
            case MapOf(entries=entries):
                parts = [(self.value(key), self.value(value)) for key, value in entries]
                cost = plus(MAP_COST, *(part.cost for entry in parts for part in entry))
                entry = max((value.measured() for _, value in parts), default=0)
                return Value(
                    cost,
                    Declared("map", elem=_common([value for _, value in parts])),
                    size=len(parts),
                    entry=entry,
                )
            case Loop():
                return self._loop(expression)

    def _ident(self, ident: Ident) -> Value:
        if ident.name in self.names:
            return self.names[ident.name]
        if ident.name in TYPES:
            return Value(1, Declared("type"), self.root, has_path=True)
        known = ", ".join(self.names)
        raise CelError(f"there is no variable {ident.name!r}; known are {known}", ident.column)

    def _select(self, select: Select) -> Value:
        operand = self.value(select.operand)
        text = f"{operand.text or 'this'}.{select.field}"
        kind = self._field(operand, select)
        if select.test:
            return Value(operand.cost, BOOL)
        if select.optional or operand.kind.kind == "optional":
            return Value(plus(operand.cost, 1), Declared("optional", elem=kind), text=text)
        cost = plus(operand.cost, 1 if operand.kind.kind in ("object", "map") else 0)
        place = kind if operand.has_path else self.root
        return Value(cost, kind, place, has_path=True, text=text)

    def _field(self, operand: Value, select: Select) -> Declared:
        kind = operand.kind
        if kind.kind == "optional":
            kind = kind.elem or DYN
        if kind.kind == "object":
            if select.field in kind.fields:
                return kind.fields[select.field]
            known = ", ".join(sorted(kind.fields)) or "nothing"
            name = operand.text or "this"
            raise CelError(
                f"{name} has no field {select.field!r} that CEL can see; it has {known}", select.column
            )
        if kind.kind == "map":
            return kind.elem or DYN
        if kind.kind == "dyn":
            return DYN
        raise CelError(
            f"{operand.text or 'this'} is a {kind.kind} and has no field {select.field!r}", select.column
        )

    def _call(self, call: Call) -> Value:
        if call.function == "dyn" and len(call.arguments) == 1:
            inner = self.value(call.arguments[0])
            return Value(plus(1, inner.cost), DYN, size=inner.measured(), entry=inner.entry)
        target = None
        if call.target is not None and not _is_name_space(call.target, self.names):
            target = self.value(call.target)
        return calls.call(call, target, [self.value(argument) for argument in call.arguments])

    def _list(self, items: tuple[Expression, ...]) -> Value:
        values = [self.value(item) for item in items]
        cost = plus(LIST_COST, *(value.cost for value in values))
        entry = max((value.measured() for value in values), default=0)
        return Value(cost, Declared("list", elem=_common(values)), size=len(values), entry=entry)

    def _loop(self, loop: Loop) -> Value:
        ranged = self.value(loop.range)
        if ranged.kind.kind in ("string", "bytes", "int", "double", "bool", "object"):
            raise CelError(
                f"{ranged.text or 'this'} is a {ranged.kind.kind}: {loop.macro} needs a list or a map",
                loop.column,
            )
        inner = Estimate(self.root, {**self.names, **self._variables(loop, ranged)})
        bodies = [inner.value(body) for body in loop.bodies]
        if loop.macro in ("optMap", "optFlatMap"):
            return Value(
                plus(ranged.cost, 2, *(body.cost for body in bodies)),
                Declared("optional", elem=bodies[0].kind),
            )
        start, step = _round(loop.macro, bodies)
        count = ranged.measured()
        cost = plus(ranged.cost, start, times(count, step))
        return _outcome(loop, ranged, bodies, cost, count)

    def _variables(self, loop: Loop, ranged: Value) -> dict[str, Value]:
        kind = ranged.kind
        of_list = kind.kind == "list"
        values = self._variable(ranged, kind.elem or DYN)
        keys = Value(1, INT) if of_list else self._variable(ranged, kind.key or DYN)
        if len(loop.variables) > 1:
            return dict(zip(loop.variables, (keys, values), strict=True))
        return {loop.variables[0]: values if of_list or kind.kind in ("dyn", "optional") else keys}

    def _variable(self, ranged: Value, kind: Declared) -> Value:
        # Without a path to the range, cel-go's estimate falls back on the root's own size.
        place = kind if ranged.has_path else self.root
        return Value(1, kind, place, has_path=True, text="an item")


def _literal(value: object) -> Value:
    if isinstance(value, str):
        return Value(0, Declared("string"), size=len(value))
    if isinstance(value, bytes):
        return Value(0, Declared("bytes"), size=len(value))
    if isinstance(value, bool):
        return Value(0, BOOL, size=1)
    if value is None:
        return Value(0, Declared("null"), size=1)
    return Value(0, INT if isinstance(value, int) else DOUBLE, size=1)


def _is_name_space(target: Expression, names: dict[str, Value]) -> bool:
    return isinstance(target, Ident) and target.name in NAME_SPACES and target.name not in names


def _common(values: list[Value]) -> Declared:
    kinds = {value.kind.kind for value in values}
    return values[0].kind if len(kinds) == 1 else DYN


def _round(macro: str, bodies: list[Value]) -> tuple[int, int]:
    """Give the cost around a loop and of one round, as the macro expands (cel-go, macro.go)."""
    body = bodies[-1].cost
    guard = bodies[0].cost if len(bodies) > 1 else 0
    if macro == "all":
        return 1, plus(3, body)
    if macro == "exists":
        return 1, plus(4, body)
    if macro in ("exists_one", "existsOne"):
        return 2, plus(body, 2)
    if macro == "filter":
        return LIST_COST + 1, plus(body, 3 + LIST_COST)
    if macro in ("transformMap", "transformMapEntry"):
        return MAP_COST + 1, plus(guard, 3 + MAP_COST, body)
    return LIST_COST + 1, plus(guard, 2 + LIST_COST, body)


def _outcome(loop: Loop, ranged: Value, bodies: list[Value], cost: int, count: int) -> Value:
    if loop.macro in ("all", "exists", "exists_one", "existsOne"):
        return Value(cost, BOOL, size=1)
    if loop.macro == "filter":
        elem = ranged.kind.elem if ranged.kind.kind == "list" else ranged.kind.key
        return Value(cost, Declared("list", elem=elem), size=count)
    kind = "map" if loop.macro.startswith("transformMap") else "list"
    return Value(cost, Declared(kind, elem=bodies[-1].kind), size=count, entry=bodies[-1].measured())
