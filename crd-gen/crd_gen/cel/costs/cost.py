"""Static cost estimation of a checked expression (cel-go, checker/cost.go).

Costs are upper bounds; sizes have a lower bound as well, since the result of replace() depends on it. A value
that is reached from self has a path, through which the schema bounds its size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crd_gen.cel.ast import ACCUMULATOR, Call, Expression, Fold, Ident, ListOf, Literal, MapOf, Select
from crd_gen.cel.checker import Checked
from crd_gen.cel.costs.arithmetic import plus, times
from crd_gen.cel.costs.paths import NOWHERE, Path
from crd_gen.cel.costs.sizes import ONE, UNKNOWN, Entry, Size, union
from crd_gen.cel.typing.declarations import ENTRY_SIZES, introduced
from crd_gen.cel.typing.type import SCALARS, Type
from crd_gen.cel.typing.types import DeclType

LIST_COST, MAP_COST = 10, 30


def estimate(checked: Checked, root: DeclType) -> int:
    """Return the highest cost of one evaluation of an expression on a value of the root's type."""
    return CostEstimator(checked, root).cost(checked.expression)


@dataclass(frozen=True)
class Local:
    """A variable of a macro: its path, its size, and the size of its entries."""

    path: Path
    size: Size | None = None
    entry: Entry | None = None


@dataclass(frozen=True)
class Operand:
    """A target or argument: the part, with its path if it does not lead to an accumulator."""

    part: Expression | None
    type: Type
    path: Path
    size: Size | None


class CostEstimator:
    """Estimates the parts of one expression; sizes and paths are kept by the parts' ids."""

    def __init__(self, checked: Checked, root: DeclType) -> None:
        self.checked, self.root = checked, root
        self._locals: dict[str, list[Local]] = {}
        self._paths: dict[int, Path] = {}
        self._sizes: dict[int, Size] = {}
        self._entries: dict[int, Entry] = {}

    def cost(self, part: Expression) -> int:  # noqa: PLR0911 - by kind of part
        """Return the cost of a part."""
        match part:
            case Literal():
                return 0
            case Ident(name=name):
                local = self._local(name)
                self._paths[id(part)] = local.path if local else Path.of(name)
                return 1
            case Select():
                return self._select(part)
            case Call():
                return self._call(part)
            case ListOf():
                return self._list(part)
            case MapOf():
                return self._map(part)
            case Fold() if part.is_binding:
                return self._bind(part)
            case Fold():
                return self._fold(part)

    def _local(self, name: str) -> Local | None:
        found = self._locals.get(name)
        return found[-1] if found else None

    def path(self, part: Expression) -> Path:
        """Return the path of a part from the variable that it starts with; NOWHERE if it has none."""
        if isinstance(part, Ident) and (local := self._local(part.name)):
            return local.path
        return self._paths.get(id(part), NOWHERE)

    def size(self, part: Expression) -> Size | None:
        """Return the size of a part; None if nothing bounds it."""
        if found := self._sizes.get(id(part)):
            return found
        if written := _written_size(part):
            return written
        found_type = self.checked.type(part)
        if declared := self.declared_size(self.path(part)):
            self._sizes[id(part)] = declared
            return declared
        if _is_scalar(found_type):
            return ONE
        local = self._local(part.name) if isinstance(part, Ident) else None
        return local.size if local else None

    def known_size(self, part: Expression) -> Size:
        """Return the size of a part, which may be unlimited."""
        return self.size(part) or UNKNOWN

    def declared_size(self, path: Path) -> Size | None:
        """Return the size that the schema permits at a path, whose first step is not looked at."""
        if not path.steps:
            return None
        found: DeclType | None = self.root
        for step in path.steps[1:]:
            if found is None:
                return None
            if step in ("@items", "@values"):
                found = found.elem
            else:
                found = found.key if step == "@keys" else found.fields.get(step)
        return (0, found.max_elements) if found else None

    def entry(self, part: Expression) -> Entry | None:
        """Return the sizes of the keys and values in a list or map that the expression builds."""
        if not introduced(ENTRY_SIZES):
            return None
        if found := self._entries.get(id(part)):
            return found
        local = self._local(part.name) if isinstance(part, Ident) else None
        return local.entry if local else None

    def set_entry(self, part: Expression, entry: Entry | None) -> None:
        """Store the sizes of keys and values."""
        if entry:
            self._entries[id(part)] = entry

    def operand(self, part: Expression) -> Operand:
        """Return a part as the operand of a call."""
        path = self.path(part)
        visible = NOWHERE if path.steps[:1] == (ACCUMULATOR,) else path
        return Operand(part, self.checked.type(part), visible, self.size(part))

    def _select(self, part: Select) -> int:
        if id(part) not in self.checked.types or id(part.operand) not in self.checked.types:
            # A qualified name, such as the name of a type.
            return 1
        cost = self.cost(part.operand)
        if part.test:
            return cost
        if part.optional:
            return plus(cost, 1)
        self._paths[id(part)] = self.path(part.operand).then(part.field)
        kind = self.checked.type(part.operand).kind
        return plus(cost, 1 if kind in ("map", "object", "param") else 0)

    def _call(self, part: Call) -> int:
        from crd_gen.cel.costs.function_costs import function_cost  # noqa: PLC0415 - the two need each other

        if part.function == "dyn" and part.target is None:
            argument = part.arguments[0]
            cost = plus(self.cost(argument), 1)
            if introduced(ENTRY_SIZES):
                self._copy(part, argument)
            return cost
        costs: list[int] = []
        arguments: list[Operand] = []
        for argument in part.arguments:
            costs.append(self.cost(argument))
            arguments.append(self.operand(argument))
        overloads = self.checked.overloads.get(id(part), ())
        if not overloads:
            return 0
        own, target = 0, None
        if part.target is not None and overloads[0].is_method:
            own = self.cost(part.target)
            target = self.operand(part.target)
        highest = 0
        result: Size | None = None
        for overload in overloads:
            cost, size = function_cost(self, part, overload, target, arguments, costs)
            highest = max(highest, cost)
            if size:
                result = union(result, size) if result else size
            if overload.function == "_[_]" and overload.parameters[0].kind in ("list", "map"):
                entry = self.entry(part.arguments[0])
                result = entry.value if entry else None
                step = "@items" if overload.parameters[0].kind == "list" else "@values"
                self._paths[id(part)] = self.path(part.arguments[0]).then(step)
            result = result or self.size(part)
        if result:
            self._sizes[id(part)] = result
        return plus(own, highest)

    def _copy(self, part: Expression, source: Expression) -> None:
        if size := self.size(source):
            self._sizes[id(part)] = size
        self.set_entry(part, self.entry(source))

    def _list(self, part: ListOf) -> int:
        cost = plus(LIST_COST, *(self.cost(item) for item in part.items))
        self.set_entry(part, Entry("list", ONE, self._widest(part.items)))
        return cost

    def _map(self, part: MapOf) -> int:
        cost = plus(MAP_COST, *(plus(self.cost(key), self.cost(value)) for key, value in part.entries))
        keys, values = (self._widest([entry[side] for entry in part.entries]) for side in (0, 1))
        self.set_entry(part, Entry("map", keys, values))
        return cost

    def _widest(self, parts: Sequence[Expression]) -> Size:
        sizes = [self.known_size(part) for part in parts]
        return (min(low for low, _ in sizes), max(high for _, high in sizes)) if sizes else (0, 0)

    def _bind(self, part: Fold) -> int:
        cost = plus(self.cost(part.range), self.cost(part.initial))
        local = Local(self.path(part.initial), self.size(part.initial), self.entry(part.initial))
        with_local = self._with({part.accumulator: local})
        cost = plus(cost, self.cost(part.result))
        with_local()
        self._copy(part, part.result)
        return cost

    def _fold(self, part: Fold) -> int:
        cost = plus(self.cost(part.range), self.cost(part.initial))
        initial = Local(self.path(part.initial), self.size(part.initial), self.entry(part.initial))
        without_accumulator = self._with({part.accumulator: initial})
        without_variables = self._with(self._variables(part))
        step = plus(self.cost(part.condition), self.cost(part.step))
        without_variables()
        cost = plus(cost, self.cost(part.result))
        without_accumulator()
        count = self.known_size(part.range)
        if isinstance(part.initial, Literal):
            self._sizes[id(part)] = ONE
        else:
            self._sizes[id(part)] = count
            self.set_entry(part, self.entry(part.step))
        return plus(cost, times(count[1], step))

    def _with(self, variables: dict[str, Local]) -> Callable[[], None]:
        """Bring variables into scope; call what is returned to leave it."""
        for name, local in variables.items():
            self._locals.setdefault(name, []).append(local)

        def leave() -> None:
            for name in variables:
                self._locals[name].pop()

        return leave

    def _variables(self, part: Fold) -> dict[str, Local]:
        path, entry = self.path(part.range), self.entry(part.range)
        kind = entry.kind if entry else self.checked.type(part.range).kind
        is_list = kind == "list"
        words = ("@indices", "@items") if is_list else ("@keys", "@values")
        sizes = (entry.key, entry.value) if entry else (None, None)
        steps = list(zip(words, sizes, strict=True))
        if len(part.variables) == 1:
            steps = steps[1:] if is_list else steps[:1]
        # One after the other, since a path can overwrite the one before it.
        return {
            name: Local(path.then(step), size)
            for name, (step, size) in zip(part.variables, steps, strict=True)
        }


def _written_size(part: Expression) -> Size | None:
    if isinstance(part, Literal):
        length = len(part.value) if isinstance(part.value, str | bytes) else 1
        return (length, length)
    if isinstance(part, ListOf):
        return (len(part.items), len(part.items))
    return (len(part.entries), len(part.entries)) if isinstance(part, MapOf) else None


def _is_scalar(found: Type) -> bool:
    if found.kind == "optional":
        return _is_scalar(found.params[0])
    return found.kind in SCALARS
