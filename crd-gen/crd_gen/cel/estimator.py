"""Static cost estimation and name resolution of an expression, in one pass over the tree.

The estimate is that of cel-go (checker/cost.go) with Kubernetes' functions (apiserver,
pkg/cel/library/cost.go; apiextensions, schema/cel/compilation.go), of which only the upper bound is
computed. Operand types are not checked, so the estimate holds for expressions that compile.
"""

from __future__ import annotations

from crd_gen.cel import calls
from crd_gen.cel.arithmetic import plus, times
from crd_gen.cel.ast import Call, Expression, Ident, ListOf, Literal, Loop, MapOf, Select
from crd_gen.cel.estimates import Estimate
from crd_gen.cel.functions import NAMESPACES, TYPES
from crd_gen.cel.types import BOOL, DOUBLE, DYN, INT, DeclType
from crd_gen.errors import CelError

LIST_COST, MAP_COST = 10, 30


def estimate(expression: Expression, root: DeclType, *, optional_old: bool = False) -> Estimate:
    """Estimate an expression whose self and oldSelf have a type. Raises CelError for an unknown name."""
    old = DeclType("optional", elem=root) if optional_old else root
    names = {
        "self": Estimate(1, root, root, has_path=True, text="self"),
        "oldSelf": Estimate(
            1, old, None if optional_old else root, has_path=not optional_old, text="oldSelf"
        ),
    }
    return CostEstimator(root, names).visit(expression)


class CostEstimator:
    """Estimates expressions; names are the variables in scope."""

    def __init__(self, root: DeclType, names: dict[str, Estimate]) -> None:
        self.root, self.names = root, names

    def visit(self, expression: Expression) -> Estimate:  # noqa: PLR0911 - by kind of part
        """Return the estimate of an expression."""
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
                parts = [(self.visit(key), self.visit(value)) for key, value in entries]
                cost = plus(MAP_COST, *(part.cost for entry in parts for part in entry))
                entry = max((value.max_size() for _, value in parts), default=0)
                return Estimate(
                    cost,
                    DeclType("map", elem=_common([value for _, value in parts])),
                    size=len(parts),
                    entry=entry,
                )
            case Loop():
                return self._loop(expression)

    def _ident(self, ident: Ident) -> Estimate:
        if ident.name in self.names:
            return self.names[ident.name]
        if ident.name in TYPES:
            return Estimate(1, DeclType("type"), self.root, has_path=True)
        known = ", ".join(self.names)
        raise CelError(f"unknown variable {ident.name!r}; known: {known}", ident.column)

    def _select(self, select: Select) -> Estimate:
        operand = self.visit(select.operand)
        text = f"{operand.text or 'this'}.{select.field}"
        kind = self._field(operand, select)
        if select.test:
            return Estimate(operand.cost, BOOL)
        if select.optional or operand.kind.kind == "optional":
            return Estimate(plus(operand.cost, 1), DeclType("optional", elem=kind), text=text)
        cost = plus(operand.cost, 1 if operand.kind.kind in ("object", "map") else 0)
        node = kind if operand.has_path else self.root
        return Estimate(cost, kind, node, has_path=True, text=text)

    def _field(self, operand: Estimate, select: Select) -> DeclType:
        kind = operand.kind
        if kind.kind == "optional":
            kind = kind.elem or DYN
        if kind.kind == "object":
            if select.field in kind.fields:
                return kind.fields[select.field]
            known = ", ".join(sorted(kind.fields)) or "none"
            name = operand.text or "this"
            raise CelError(
                f"{name} has no field {select.field!r} visible to CEL; it has {known}", select.column
            )
        if kind.kind == "map":
            return kind.elem or DYN
        if kind.kind == "dyn":
            return DYN
        raise CelError(
            f"{operand.text or 'this'} is of type {kind.kind} and has no field {select.field!r}",
            select.column,
        )

    def _call(self, call: Call) -> Estimate:
        if call.function == "dyn" and len(call.arguments) == 1:
            inner = self.visit(call.arguments[0])
            return Estimate(plus(1, inner.cost), DYN, size=inner.max_size(), entry=inner.entry)
        target = None
        if call.target is not None and not _is_namespace(call.target, self.names):
            target = self.visit(call.target)
        return calls.call(call, target, [self.visit(argument) for argument in call.arguments])

    def _list(self, items: tuple[Expression, ...]) -> Estimate:
        values = [self.visit(item) for item in items]
        cost = plus(LIST_COST, *(value.cost for value in values))
        entry = max((value.max_size() for value in values), default=0)
        return Estimate(cost, DeclType("list", elem=_common(values)), size=len(values), entry=entry)

    def _loop(self, loop: Loop) -> Estimate:
        ranged = self.visit(loop.range)
        if ranged.kind.kind in ("string", "bytes", "int", "double", "bool", "object"):
            raise CelError(
                f"{ranged.text or 'this'} is of type {ranged.kind.kind}, not a list or map: {loop.macro}",
                loop.column,
            )
        inner = CostEstimator(self.root, {**self.names, **self._variables(loop, ranged)})
        bodies = [inner.visit(body) for body in loop.bodies]
        if loop.macro in ("optMap", "optFlatMap"):
            return Estimate(
                plus(ranged.cost, 2, *(body.cost for body in bodies)),
                DeclType("optional", elem=bodies[0].kind),
            )
        start, step = _loop_costs(loop.macro, bodies)
        count = ranged.max_size()
        cost = plus(ranged.cost, start, times(count, step))
        return _loop_result(loop, ranged, bodies, cost, count)

    def _variables(self, loop: Loop, ranged: Estimate) -> dict[str, Estimate]:
        kind = ranged.kind
        of_list = kind.kind == "list"
        values = self._variable(ranged, kind.elem or DYN)
        keys = Estimate(1, INT) if of_list else self._variable(ranged, kind.key or DYN)
        if len(loop.variables) > 1:
            return dict(zip(loop.variables, (keys, values), strict=True))
        return {loop.variables[0]: values if of_list or kind.kind in ("dyn", "optional") else keys}

    def _variable(self, ranged: Estimate, kind: DeclType) -> Estimate:
        # Without a path to the range, cel-go's estimate falls back on the root's own size.
        node = kind if ranged.has_path else self.root
        return Estimate(1, kind, node, has_path=True, text="an item")


def _literal(value: object) -> Estimate:
    if isinstance(value, str):
        return Estimate(0, DeclType("string"), size=len(value))
    if isinstance(value, bytes):
        return Estimate(0, DeclType("bytes"), size=len(value))
    if isinstance(value, bool):
        return Estimate(0, BOOL, size=1)
    if value is None:
        return Estimate(0, DeclType("null"), size=1)
    return Estimate(0, INT if isinstance(value, int) else DOUBLE, size=1)


def _is_namespace(target: Expression, names: dict[str, Estimate]) -> bool:
    return isinstance(target, Ident) and target.name in NAMESPACES and target.name not in names


def _common(values: list[Estimate]) -> DeclType:
    kinds = {value.kind.kind for value in values}
    return values[0].kind if len(kinds) == 1 else DYN


def _loop_costs(macro: str, bodies: list[Estimate]) -> tuple[int, int]:
    """Return the cost around a loop and per iteration, from the macro's expansion (cel-go, macro.go)."""
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


def _loop_result(loop: Loop, ranged: Estimate, bodies: list[Estimate], cost: int, count: int) -> Estimate:
    if loop.macro in ("all", "exists", "exists_one", "existsOne"):
        return Estimate(cost, BOOL, size=1)
    if loop.macro == "filter":
        elem = ranged.kind.elem if ranged.kind.kind == "list" else ranged.kind.key
        return Estimate(cost, DeclType("list", elem=elem), size=count)
    kind = "map" if loop.macro.startswith("transformMap") else "list"
    return Estimate(cost, DeclType(kind, elem=bodies[-1].kind), size=count, entry=bodies[-1].max_size())
