"""The type checker, which accepts what cel-go's does (cel-go, checker/checker.go and cel/validator.go)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crd_gen.cel.ast import Call, Expression, Fold, Ident, ListOf, Literal, MapOf, Select
from crd_gen.cel.escaping import RESERVED
from crd_gen.cel.literals import check_literal_argument
from crd_gen.cel.macros import MACROS
from crd_gen.cel.typing.declarations import KEYWORD_FIELDS, Overload, introduced, introduction, overloads
from crd_gen.cel.typing.type import (
    BOOL,
    DYN,
    ERROR,
    INT,
    NULL,
    STRING,
    Type,
    list_of,
    map_of,
    optional_of,
    type_of,
)
from crd_gen.cel.typing.types import DeclType
from crd_gen.cel.typing.unify import Substitutions, most_general
from crd_gen.errors import CelError

TYPES = frozenset(
    [
        *("bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"),
        *("optional_type", "google.protobuf.Duration", "google.protobuf.Timestamp", "net.IP", "net.CIDR"),
    ]
)
"""Types as values: `type(self.x) == string`."""

_SHOWN = {"_?_:_": "?:", "@in": "in", "_[_]": "[]", "_[?_]": "[?]", "-_": "-", "!_": "!"}


@dataclass
class Checked:
    """The types of the parts of an expression, and the overloads of its calls; a part is found by its id."""

    expression: Expression
    types: dict[int, Type] = field(default_factory=dict)
    overloads: dict[int, tuple[Overload, ...]] = field(default_factory=dict)

    def type(self, part: Expression) -> Type:
        """Return the type of a part."""
        return self.types[id(part)]


def check(expression: Expression, root: DeclType, *, optional_old: bool = False) -> Checked:
    """Check an expression whose self and oldSelf have a type. Raises CelError."""
    own = type_of(root, "self")
    names = {"self": own, "oldSelf": optional_of(own) if optional_old else own}
    checker = _Checker(expression, names)
    checker.check(expression)
    checker.finish()
    return checker.checked


class _Checker:
    def __init__(self, expression: Expression, names: Mapping[str, Type]) -> None:
        self.checked = Checked(expression)
        self.known = Substitutions()
        self.names = dict(names)
        self._literals: list[tuple[ListOf | MapOf, bool]] = []
        self._in_format = 0

    def check(self, part: Expression) -> Type:
        """Return the type of a part, and keep it."""
        found = self._check(part)
        self.checked.types[id(part)] = found
        return found

    def finish(self) -> None:
        """Resolve what is still open, and check that the items of each literal have one type."""
        for key, found in self.checked.types.items():
            self.checked.types[key] = self.known.resolve(found, final=True)
        for literal, exempt in self._literals:
            if not exempt:
                self._homogeneous(literal)

    def _check(self, part: Expression) -> Type:  # noqa: PLR0911 - by kind of part
        match part:
            case Literal():
                return _of_literal(part)
            case Ident(name=name):
                return self._ident(name, part.column)
            case Select():
                return self._select(part)
            case Call():
                return self._call(part)
            case ListOf():
                return self._list(part)
            case MapOf():
                return self._map(part)
            case Fold():
                return self._fold(part)

    def _ident(self, name: str, column: int) -> Type:
        found = self._variable(name)
        if found is None:
            known = ", ".join(known for known in self.names if known[0] not in "@#_")
            raise CelError(f"unknown variable {name!r}; known: {known}", column)
        return found

    def _variable(self, name: str) -> Type | None:
        if name in self.names:
            return self.names[name]
        return Type("type", (Type(name),)) if name in TYPES else None

    def _select(self, part: Select) -> Type:
        qualified = _qualified(part)
        if qualified and not part.optional and (found := self._variable(qualified)):
            return found
        operand = self.known.resolve(self.check(part.operand))
        target = operand.params[0] if operand.kind == "optional" else operand
        found = self._field(self.known.resolve(target), part)
        if part.test:
            return BOOL
        result = self.known.resolve(found)
        return optional_of(result) if part.optional or operand.kind == "optional" else result

    def _field(self, target: Type, part: Select) -> Type:
        if target.kind == "map":
            return target.params[1]
        if target.kind == "object" and target.decl is not None:
            return self._declared(target, target.decl, part)
        if target.kind == "param":
            self.known.assign([DYN], [target])
            return DYN
        if target.kind in ("dyn", "error"):
            return DYN
        raise CelError(
            f"{_text(part.operand)} is of type {target} and has no field {part.field!r}", part.column
        )

    @staticmethod
    def _declared(target: Type, decl: DeclType, part: Select) -> Type:
        name = part.field
        if name not in decl.fields and name in RESERVED and introduced(KEYWORD_FIELDS):
            name = f"__{name}__"
        if name in decl.fields:
            return type_of(decl.fields[name], f"{target.name}.{name}")
        known = ", ".join(sorted(decl.fields)) or "none"
        raise CelError(
            f"{_text(part.operand)} has no field {part.field!r} visible to CEL; it has {known}", part.column
        )

    def _call(self, part: Call) -> Type:
        self._in_format += part.function == "format"
        for argument in part.arguments:
            self.check(argument)
        name, target = part.function, part.target
        prefix = _qualified(target) if target is not None else ""
        if prefix and introduction(f"{prefix}.{name}"):
            name, target = f"{prefix}.{name}", None
        if target is not None:
            self.check(target)
        self._in_format -= part.function == "format"
        found = self._resolve(part, name, target)
        check_literal_argument(name, part, self.checked.types)
        return found

    def _resolve(self, part: Call, name: str, target: Expression | None) -> Type:
        declared = overloads(name)
        if not declared:
            raise CelError(_unknown(name, part), part.column)
        operands = (target, *part.arguments) if target is not None else part.arguments
        given = [self.checked.types[id(operand)] for operand in operands]
        matching: list[Overload] = []
        result: Type | None = None
        for overload in declared:
            if overload.is_method is not (target is not None):
                continue
            expected, found = self._instance(overload)
            if self.known.assign(given, expected):
                matching.append(overload)
                found = self.known.resolve(found)
                result = found if result is None or result == found else result if result == DYN else DYN
        if result is None:
            raise CelError(self._mismatch(name, given, is_method=target is not None), part.column)
        self.checked.overloads[id(part)] = tuple(matching)
        return result

    def _instance(self, overload: Overload) -> tuple[list[Type], Type]:
        *expected, result = self.known.instantiate([*overload.parameters, overload.result])
        return expected, result

    def _mismatch(self, name: str, given: list[Type], *, is_method: bool) -> str:
        shown = [str(self.known.resolve(found, final=True)) for found in given]
        operator = _SHOWN.get(name, name.strip("_") if name.startswith("_") else "")
        if operator:
            return f"no matching overload for {operator!r} applied to ({', '.join(shown)})"
        call = f"{shown[0]}.{name}({', '.join(shown[1:])})" if is_method else f"{name}({', '.join(shown)})"
        expected = [_signature(overload) for overload in overloads(name)]
        return f"no matching overload for {call}; there is {' and '.join(dict.fromkeys(expected))}"

    def _list(self, part: ListOf) -> Type:
        self._literals.append((part, self._in_format > 0))
        joined: Type | None = None
        for number, item in enumerate(part.items):
            joined = self._join(joined, self._item(item, optional=number in part.optional))
        return list_of(joined or self.known.fresh())

    def _map(self, part: MapOf) -> Type:
        self._literals.append((part, self._in_format > 0))
        keys: Type | None = None
        values: Type | None = None
        for number, (key, value) in enumerate(part.entries):
            keys = self._join(keys, self.check(key))
            values = self._join(values, self._item(value, optional=number in part.optional))
        return map_of(keys or self.known.fresh(), values or self.known.fresh())

    def _item(self, item: Expression, *, optional: bool) -> Type:
        found = self.check(item)
        if not optional:
            return found
        if found.kind == "optional":
            return found.params[0]
        if found.kind != "dyn":
            raise CelError(f"?{_text(item)} is of type {found}, not optional", _column(item))
        return found

    def _join(self, before: Type | None, found: Type) -> Type:
        if before is None:
            return found
        return most_general(before, found) if self.known.assign([before], [found]) else DYN

    def _homogeneous(self, literal: ListOf | MapOf) -> None:
        parts = [literal.items] if isinstance(literal, ListOf) else list(zip(*literal.entries, strict=True))
        for items, values in zip(parts, (False, True), strict=False):
            unwraps = values or isinstance(literal, ListOf)
            types = [
                found.params[0] if unwraps and number in literal.optional and found.params else found
                for number, found in enumerate(self.checked.types[id(item)] for item in items)
            ]
            for item, found in zip(items, types, strict=True):
                if found != types[0]:
                    raise CelError(f"expected type {types[0]}, not {found}, in a literal", _column(item))

    def _fold(self, part: Fold) -> Type:
        self.check(part.range)
        accumulated = self.check(part.initial)
        ranged = self.known.resolve(self.checked.types[id(part.range)])
        outer = self.names
        self.names = {**outer, part.accumulator: accumulated, **self._loop_variables(part, ranged)}
        for inner, expected in ((part.condition, BOOL), (part.step, accumulated)):
            found = self.check(inner)
            if not self.known.assign([expected], [found]):
                raise CelError(f"{part.macro}: expected {expected}, not {found}", part.column)
        self.names = {**outer, part.accumulator: accumulated}
        result = self.check(part.result)
        self.names = outer
        return self.known.resolve(result)

    def _loop_variables(self, part: Fold, ranged: Type) -> dict[str, Type]:
        two = len(part.variables) > 1
        types: tuple[Type, ...]
        if ranged.kind == "list":
            types = (INT, ranged.params[0]) if two else (ranged.params[0],)
        elif ranged.kind == "map":
            types = ranged.params if two else (ranged.params[0],)
        elif ranged.kind in ("dyn", "error", "param"):
            self.known.assign([DYN], [ranged])
            types = (DYN, DYN)
        else:
            raise CelError(
                f"{_text(part.range)} is of type {ranged}, not a list or map: {part.macro}", part.column
            )
        return dict(zip(part.variables, types, strict=False))


def _of_literal(part: Literal) -> Type:
    value = part.value
    if part.unsigned:
        return Type("uint")
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, str):
        return STRING
    return {bytes: Type("bytes"), int: INT, float: Type("double")}.get(type(value), ERROR)


def _qualified(part: Expression | None) -> str:
    if isinstance(part, Ident):
        return part.name
    if isinstance(part, Select) and not part.test and not part.optional:
        prefix = _qualified(part.operand)
        return f"{prefix}.{part.field}" if prefix else ""
    return ""


def _unknown(name: str, part: Call) -> str:
    if since := introduction(name):
        return f"{name} can be used from Kubernetes 1.{since + 1} on"
    counts = sorted(count for macro, count in MACROS if macro == name)
    if counts and part.target is not None:
        wanted = " or ".join(str(count) for count in counts)
        return f"{name} has {len(part.arguments)} arguments, expected {wanted}"
    return f"unknown function {name!r}"


def _signature(overload: Overload) -> str:
    parameters = [str(parameter) for parameter in overload.parameters]
    if overload.is_method:
        return f"{parameters[0]}.{overload.function}({', '.join(parameters[1:])})"
    return f"{overload.function}({', '.join(parameters)})"


def _text(part: Expression) -> str:
    match part:
        case Ident(name=name):
            return name if re.match(r"[A-Za-z]", name) else "this"
        case Select(operand=operand, field=name):
            return f"{_text(operand)}.{name}"
        case _:
            return "this"


def _column(part: Expression) -> int:
    return part.column
