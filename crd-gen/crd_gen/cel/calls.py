"""The cost of operators and functions, and the size of their results."""

from __future__ import annotations

from crd_gen.cel.arithmetic import REGEX, TRAVERSAL, plus, scaled, times
from crd_gen.cel.ast import Call
from crd_gen.cel.estimates import Estimate
from crd_gen.cel.functions import RESULTS
from crd_gen.cel.types import BOOL, DOUBLE, DYN, INT, DeclType
from crd_gen.errors import CelError

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


def call(node: Call, target: Estimate | None, arguments: list[Estimate]) -> Estimate:
    """Estimate a call from the estimates of its operands. Raises CelError for an unknown function."""
    name = node.function
    if name not in RESULTS:
        raise CelError(f"unknown function {name!r}", node.column)
    own = plus(*(argument.cost for argument in arguments), target.cost if target else 0)
    if name in COMPARISONS:
        return _comparison(name, arguments, own)
    special = {"_?_:_": _conditional, "_+_": _addition, "_[_]": _index, "@in": _contained}
    if name in ("_&&_", "_||_"):
        return Estimate(own, BOOL)
    if name in special:
        return special[name](arguments, own)
    cost, size = _function(name, target, arguments)
    return Estimate(
        plus(own, cost), _result(name, target, arguments), size=size, entry=size if name == "split" else None
    )


def _comparison(name: str, arguments: list[Estimate], own: int) -> Estimate:
    left, right = arguments
    ordering = name not in ("_==_", "_!=_")
    if ordering and "string" not in (left.kind.kind, right.kind.kind):
        return Estimate(plus(own, 1), BOOL)
    return Estimate(plus(own, scaled(min(left.max_size(), right.max_size()), TRAVERSAL)), BOOL)


def _conditional(arguments: list[Estimate], _own: int) -> Estimate:
    condition, then, other = arguments
    cost = plus(condition.cost, max(then.cost, other.cost))
    kind = then.kind if then.kind.kind == other.kind.kind else DYN
    entry = max(then.entry, other.entry) if then.entry is not None and other.entry is not None else None
    return Estimate(cost, kind, size=max(then.max_size(), other.max_size()), entry=entry)


def _addition(arguments: list[Estimate], own: int) -> Estimate:
    left, right = arguments
    if not {left.kind.kind, right.kind.kind} & {"string", "bytes", "list"}:
        return Estimate(plus(own, 1), left.kind)
    size = plus(left.max_size(), right.max_size())
    cost = 1 if "list" in (left.kind.kind, right.kind.kind) else scaled(size, TRAVERSAL)
    entry = max(left.entry, right.entry) if left.entry is not None and right.entry is not None else None
    kind = left.kind if left.kind.kind != "dyn" else right.kind
    return Estimate(plus(own, cost), kind, size=size, entry=entry)


def _index(arguments: list[Estimate], own: int) -> Estimate:
    container = arguments[0]
    kind = container.kind.elem or DYN
    node = kind if container.has_path else None
    return Estimate(plus(own, 1), kind, node, has_path=container.has_path, size=container.entry)


def _contained(arguments: list[Estimate], own: int) -> Estimate:
    container = arguments[1]
    cost = 1 if container.kind.kind == "map" else container.max_size()
    return Estimate(plus(own, cost), BOOL)


def _function(  # noqa: C901, PLR0911 - one branch for each family of functions
    name: str, target: Estimate | None, arguments: list[Estimate]
) -> tuple[int, int | None]:
    """Return the cost of a function without its operands, and the size of its result."""
    subject = target or (arguments[0] if arguments else None)
    if subject is None:
        return 1, None
    first = arguments[0] if arguments else subject
    if name == "matches":
        pattern = arguments[-1].max_size()
        return times(scaled(plus(subject.max_size(), 1), TRAVERSAL), scaled(pattern, REGEX)), None
    if name in ("find", "findAll"):
        cost = times(scaled(plus(subject.max_size(), 1), TRAVERSAL), scaled(first.max_size(), REGEX))
        return cost, subject.max_size()
    if name == "contains" and target and target.kind.kind in SIZED:
        return times(scaled(target.max_size(), TRAVERSAL), scaled(first.max_size(), TRAVERSAL)), None
    if name in ("contains", "intersects", "equivalent") and len(arguments) == PAIR:
        pairs = times(arguments[0].max_size(), arguments[1].max_size())
        return plus(1, times(pairs, PAIR if name == "equivalent" else 1)), None
    if name in READS_TARGET and target:
        return scaled(target.max_size(), TRAVERSAL), target.max_size()
    if name in ("replace", "split") and target:
        return scaled(target.max_size(), 2 * TRAVERSAL), _replaced_size(name, target, arguments)
    if name == "join":
        size = times(
            subject.max_size(), plus(_entry(subject), first.max_size() if arguments and target else 0)
        )
        return scaled(size, TRAVERSAL), size
    if name in SCANS_LIST and target:
        return _scan(target), None
    if name in READ_BY_TRAVERSAL and arguments and first.kind.kind in SIZED:
        return scaled(first.max_size(), TRAVERSAL), first.max_size() if name in (
            "url",
            "string",
            "bytes",
        ) else None
    if name == "validate" and arguments:
        return scaled(scaled(first.max_size(), TRAVERSAL), 128 * REGEX), None
    if name == "format" and target:
        return scaled(target.max_size(), TRAVERSAL), None
    return 1, None


def _scan(target: Estimate) -> int:
    if target.kind.kind != "list":
        return scaled(target.max_size(), TRAVERSAL)
    text = target.kind.elem is not None and target.kind.elem.kind in ("string", "bytes")
    return times(target.max_size(), plus(1, scaled(_entry(target), TRAVERSAL) if text else 0))


def _entry(value: Estimate) -> int:
    if value.entry is not None:
        return value.entry
    elem = value.kind.elem
    return Estimate(0, elem or DYN, elem, has_path=elem is not None).max_size()


def _replaced_size(name: str, target: Estimate, arguments: list[Estimate]) -> int:
    size = target.max_size()
    if name == "split" or len(arguments) < PAIR:
        return size
    return plus(size, times(plus(size, 1), arguments[1].max_size()))


def _result(name: str, target: Estimate | None, arguments: list[Estimate]) -> DeclType:
    result = RESULTS[name]
    if result.startswith("list<"):
        return DeclType("list", elem=KINDS.get(result[5:-1], DeclType(result[5:-1])))
    if name in ("slice", "distinct", "sort", "reverse") and target:
        return target.kind
    if name in ("orValue", "value") and target and target.kind.elem:
        return target.kind.elem
    if name in ("_-_", "_*_", "_/_", "_%_", "-_"):
        return arguments[0].kind
    return KINDS.get(result, DeclType(result))
