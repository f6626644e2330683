"""What operators and functions cost, and how large their results are."""

from __future__ import annotations

from crd_gen.cel.amount import REGEX, TRAVERSAL, plus, scaled, times
from crd_gen.cel.declared import BOOL, DOUBLE, DYN, INT, Declared
from crd_gen.cel.errors import CelError
from crd_gen.cel.functions import RESULTS
from crd_gen.cel.syntax import Call
from crd_gen.cel.value import Value

KINDS = {"bool": BOOL, "int": INT, "double": DOUBLE}
COMPARISONS = ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_")
SIZED = ("string", "bytes", "dyn")
READS_TARGET = ("lowerAscii", "upperAscii", "substring", "trim")
READS_ARGUMENT = (
    *("url", "cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver", "ip"),
    *("escapeKey", "startsWith", "endsWith", "string", "bytes", "timestamp", "duration", "int", "double"),
)
READ_BY_TRAVERSAL = frozenset(READS_ARGUMENT) - {"timestamp", "duration", "int", "double"}
SCANS_LIST = ("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes")


PAIR = 2


def call(node: Call, target: Value | None, arguments: list[Value]) -> Value:
    """Measure a call whose parts are measured. Raises CelError for a function that does not exist."""
    name = node.function
    if name not in RESULTS:
        raise CelError(f"there is no function {name!r}", node.column)
    own = plus(*(argument.cost for argument in arguments), target.cost if target else 0)
    if name in COMPARISONS:
        return _comparison(name, arguments, own)
    special = {"_?_:_": _conditional, "_+_": _addition, "_[_]": _index, "@in": _contained}
    if name in ("_&&_", "_||_"):
        return Value(own, BOOL)
    if name in special:
        return special[name](arguments, own)
    cost, size = _function(name, target, arguments)
    return Value(
        plus(own, cost), _result(name, target, arguments), size=size, entry=size if name == "split" else None
    )


def _comparison(name: str, arguments: list[Value], own: int) -> Value:
    left, right = arguments
    ordering = name not in ("_==_", "_!=_")
    if ordering and "string" not in (left.kind.kind, right.kind.kind):
        return Value(plus(own, 1), BOOL)
    return Value(plus(own, scaled(min(left.measured(), right.measured()), TRAVERSAL)), BOOL)


def _conditional(arguments: list[Value], _own: int) -> Value:
    condition, then, other = arguments
    cost = plus(condition.cost, max(then.cost, other.cost))
    kind = then.kind if then.kind.kind == other.kind.kind else DYN
    entry = max(then.entry, other.entry) if then.entry is not None and other.entry is not None else None
    return Value(cost, kind, size=max(then.measured(), other.measured()), entry=entry)


def _addition(arguments: list[Value], own: int) -> Value:
    left, right = arguments
    if not {left.kind.kind, right.kind.kind} & {"string", "bytes", "list"}:
        return Value(plus(own, 1), left.kind)
    size = plus(left.measured(), right.measured())
    cost = 1 if "list" in (left.kind.kind, right.kind.kind) else scaled(size, TRAVERSAL)
    entry = max(left.entry, right.entry) if left.entry is not None and right.entry is not None else None
    kind = left.kind if left.kind.kind != "dyn" else right.kind
    return Value(plus(own, cost), kind, size=size, entry=entry)


def _index(arguments: list[Value], own: int) -> Value:
    container = arguments[0]
    kind = container.kind.elem or DYN
    place = kind if container.has_path else None
    return Value(plus(own, 1), kind, place, has_path=container.has_path, size=container.entry)


def _contained(arguments: list[Value], own: int) -> Value:
    container = arguments[1]
    cost = 1 if container.kind.kind == "map" else container.measured()
    return Value(plus(own, cost), BOOL)


def _function(  # noqa: C901, PLR0911 - one branch for each family of functions
    name: str, target: Value | None, arguments: list[Value]
) -> tuple[int, int | None]:
    """Give the cost of a function beside its parts', and the size of what it makes."""
    subject = target or (arguments[0] if arguments else None)
    if subject is None:
        return 1, None
    first = arguments[0] if arguments else subject
    if name == "matches":
        pattern = arguments[-1].measured()
        return times(scaled(plus(subject.measured(), 1), TRAVERSAL), scaled(pattern, REGEX)), None
    if name in ("find", "findAll"):
        cost = times(scaled(plus(subject.measured(), 1), TRAVERSAL), scaled(first.measured(), REGEX))
        return cost, subject.measured()
    if name == "contains" and target and target.kind.kind in SIZED:
        return times(scaled(target.measured(), TRAVERSAL), scaled(first.measured(), TRAVERSAL)), None
    if name in ("contains", "intersects", "equivalent") and len(arguments) == PAIR:
        pairs = times(arguments[0].measured(), arguments[1].measured())
        return plus(1, times(pairs, PAIR if name == "equivalent" else 1)), None
    if name in READS_TARGET and target:
        return scaled(target.measured(), TRAVERSAL), target.measured()
    if name in ("replace", "split") and target:
        return scaled(target.measured(), 2 * TRAVERSAL), _made(name, target, arguments)
    if name == "join":
        size = times(
            subject.measured(), plus(_entry(subject), first.measured() if arguments and target else 0)
        )
        return scaled(size, TRAVERSAL), size
    if name in SCANS_LIST and target:
        return _scan(target), None
    if name in READ_BY_TRAVERSAL and arguments and first.kind.kind in SIZED:
        return scaled(first.measured(), TRAVERSAL), first.measured() if name in (
            "url",
            "string",
            "bytes",
        ) else None
    if name == "validate" and arguments:
        return scaled(scaled(first.measured(), TRAVERSAL), 128 * REGEX), None
    if name == "format" and target:
        return scaled(target.measured(), TRAVERSAL), None
    return 1, None


def _scan(target: Value) -> int:
    if target.kind.kind != "list":
        return scaled(target.measured(), TRAVERSAL)
    text = target.kind.elem is not None and target.kind.elem.kind in ("string", "bytes")
    return times(target.measured(), plus(1, scaled(_entry(target), TRAVERSAL) if text else 0))


def _entry(value: Value) -> int:
    if value.entry is not None:
        return value.entry
    elem = value.kind.elem
    return Value(0, elem or DYN, elem, has_path=elem is not None).measured()


def _made(name: str, target: Value, arguments: list[Value]) -> int:
    size = target.measured()
    if name == "split" or len(arguments) < PAIR:
        return size
    return plus(size, times(plus(size, 1), arguments[1].measured()))


def _result(name: str, target: Value | None, arguments: list[Value]) -> Declared:
    result = RESULTS[name]
    if result.startswith("list<"):
        return Declared("list", elem=KINDS.get(result[5:-1], Declared(result[5:-1])))
    if name in ("slice", "distinct", "sort", "reverse") and target:
        return target.kind
    if name in ("orValue", "value") and target and target.kind.elem:
        return target.kind.elem
    if name in ("_-_", "_*_", "_/_", "_%_", "-_"):
        return arguments[0].kind
    return KINDS.get(result, Declared(result))
