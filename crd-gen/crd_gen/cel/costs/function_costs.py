"""The costs of functions and the sizes of their results.

Kubernetes' own estimates come first (apiserver, pkg/cel/library/cost.go), after those of cel-go's extensions
(ext/lists.go, ext/sets.go); the rest is cel-go's (checker/cost.go).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crd_gen.cel.ast import Call, Literal
from crd_gen.cel.costs.arithmetic import REGEX, TRAVERSAL, UNLIMITED, plus, scaled, times
from crd_gen.cel.costs.cost import LIST_COST, CostEstimator, Operand
from crd_gen.cel.costs.paths import Path
from crd_gen.cel.costs.sizes import UNKNOWN, Size, add, multiply, union
from crd_gen.cel.typing.declarations import LIBRARY_EQUALITY, Overload, introduced

Result = tuple[int, Size | None]
NAME_PATTERN, FORMAT_SIZE = 128, 64
ADDRESS: Size = (4, 16)
CHEAP = frozenset(
    [
        *("masked", "prefixLength", "family", "isUnspecified", "isLoopback", "isLinkLocalMulticast"),
        *("isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger", "isInteger"),
        *("asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major", "minor"),
        *("patch", "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery"),
    ]
)
_COMPARISONS = ("_<_", "_<=_", "_>_", "_>=_")
_TEXT = ("string", "bytes")


class _Costs:
    """The costs of one call of one overload, without its arguments' own costs."""

    def __init__(
        self, estimator: CostEstimator, call: Call, target: Operand | None, arguments: Sequence[Operand]
    ) -> None:
        self.estimator, self.call, self.target, self.arguments = estimator, call, target, arguments

    def of_library(self, overload: Overload) -> Result | None:  # noqa: C901, PLR0911, PLR0912 - by family
        """Return what a library estimates; None if it leaves the function to cel-go."""
        name, target, arguments = overload.function, self.target, self.arguments
        if name in _LISTS:
            return _LISTS[name](self)
        if name in ("sets.contains", "sets.intersects", "sets.equivalent"):
            pairs = times(self.length(arguments[0])[1], self.length(arguments[1])[1])
            return plus(1, times(pairs, 2 if name == "sets.equivalent" else 1)), None
        if name in CHEAP:
            return 1, None
        if name in ("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes") and target:
            return self.scan(target, name), None
        if name == "url":
            return self.read(arguments[0], result=introduced(LIBRARY_EQUALITY))
        if name in ("lowerAscii", "upperAscii", "substring", "trim") and target:
            return self.read(target, result=True)
        if name in ("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"):
            return self.read(arguments[0])
        if name == "ip":
            return self.read(arguments[0]) if arguments else (1, None)
        if name == "ip.isCanonical":
            return scaled(self.length(arguments[0])[1], 2 * TRAVERSAL), None
        if name in ("replace", "split", "join", "find", "findAll") and target:
            return getattr(self, name.lower())(target)  # type: ignore[no-any-return]
        if name in ("containsIP", "containsCIDR"):
            return self.address(overload), None
        if name == "validate":
            return scaled(scaled(self.length(arguments[0])[1], TRAVERSAL), NAME_PATTERN * REGEX), None
        if name == "_==_":
            return self.equality()
        return None

    def length(self, operand: Operand) -> Size:
        """Return the size of an operand."""
        return operand.size or UNKNOWN

    def read(self, operand: Operand, *, result: bool = False) -> Result:
        """Return the cost of reading a text once."""
        size = self.length(operand)
        return scaled(size[1], TRAVERSAL), size if result else None

    def item(self, operand: Operand) -> Size | None:
        """Return the size of an item of a list or of a key of a map; None for anything else."""
        if not operand.type.params:
            return None
        path = Path([*operand.path.steps, "@items"], len(operand.path.steps) + 1)
        return (self.estimator.declared_size(path) if operand.path.steps else None) or UNKNOWN

    def scan(self, target: Operand, name: str) -> int:
        """Return the cost of looking at each item of a list, or of reading a text."""
        item, size = self.item(target), self.length(target)[1]
        if item is not None:
            text = target.type.params[0].kind in _TEXT
            return times(size, plus(1, scaled(item[1], TRAVERSAL) if text else 0))
        return size if name == "includes" else scaled(size, TRAVERSAL)

    def replace(self, target: Operand) -> Result:
        """Return the cost of reading and writing a text, and the longest result."""
        size, old, new = self.length(target), self.length(self.arguments[0]), self.length(self.arguments[1])
        if old[0] == 0:
            most = plus(times(plus(size[1], 1), new[1]), size[1])
        elif new[1] <= old[0]:
            most = size[1]
        else:
            most = times(-(-size[1] // old[0]), new[1])
        if old[1] == 0:
            least = plus(times(plus(size[0], 1), new[0]), size[0])
        elif old[1] <= new[0]:
            least = size[0]
        else:
            least = times(-(-size[0] // old[1]), new[0])
        return scaled(size[1], 2 * TRAVERSAL), (least, most)

    def split(self, target: Operand) -> Result:
        """Return the cost of a split, whose result has at most as many parts as its limit says."""
        size = self.length(target)
        limit = self.arguments[1].part if len(self.arguments) > 1 else None
        most = size[1]
        if isinstance(limit, Literal) and isinstance(limit.value, int):
            most = limit.value % 2**64
        return scaled(size[1], 2 * TRAVERSAL), (0, most)

    def join(self, target: Operand) -> Result:
        """Return the cost of writing all items and the separators between them."""
        count = self.length(target)
        item = self.item(target)
        size = multiply(count, item) if item is not None else (0, 0)
        if self.arguments:
            between = (max(count[0] - 1, 0), max(count[1] - 1, 0))
            size = add(size, multiply(self.length(self.arguments[0]), between))
        return scaled(size[1], TRAVERSAL), size

    def find(self, target: Operand) -> Result:
        """Return the cost of a pattern on a text."""
        size = self.length(target)
        return self.pattern(size, self.length(self.arguments[0])), (0, size[1])

    def findall(self, target: Operand) -> Result:
        """Return the cost of a pattern on a text, which can match at every character."""
        return self.find(target)

    @staticmethod
    def pattern(text: Size, pattern: Size) -> int:
        """Return the cost of a match, of an empty text too."""
        return times(scaled(plus(text[1], 1), TRAVERSAL), scaled(pattern[1], REGEX))

    def address(self, overload: Overload) -> int:
        """Return the cost of comparing the bytes of two addresses."""
        cost = scaled(2 * ADDRESS[1], TRAVERSAL)
        if overload.function == "containsCIDR":
            cost = plus(cost, scaled(ADDRESS[1], TRAVERSAL), 1)
        if overload.parameters[1].kind == "string":
            cost = plus(cost, scaled(self.length(self.arguments[0])[1], TRAVERSAL))
        return cost

    def equality(self) -> Result | None:
        """Return the cost of comparing two values of a type of Kubernetes' libraries."""
        left, right = (argument.type for argument in self.arguments)
        if left != right or not introduced(LIBRARY_EQUALITY):
            return None
        if left.kind in ("IP", "CIDR") or left.name in ("Quantity", "Semver"):
            return 1, None
        if left.name == "NamedFormat":
            return scaled(FORMAT_SIZE, TRAVERSAL), None
        if left.name == "URL":
            return scaled((self.arguments[1].size or (1, 1))[1], TRAVERSAL), None
        return None

    # cel-go's extension of lists

    def built(self, factor: float, size: Size) -> Result:
        """Return the cost of a call that builds a list."""
        return plus(scaled(size[1], factor), 1, LIST_COST), size

    def items(self) -> Size:
        """Return the number of items of the target, by the schema where that is known."""
        return self.count(self.target) if self.target else UNKNOWN

    def count(self, operand: Operand) -> Size:
        """Return the number of items of a list."""
        return operand.size or self.estimator.declared_size(operand.path) or UNKNOWN

    def constant(self, number: int, otherwise: int) -> int:
        """Return an argument that is a constant."""
        part = self.arguments[number].part if number < len(self.arguments) else None
        if isinstance(part, Literal) and isinstance(part.value, int) and not part.unsigned:
            return max(part.value, 0)
        return otherwise

    def sliced(self) -> Result:
        """Return the cost of a slice."""
        size = (self.constant(1, self.items()[1]) - self.constant(0, 0)) % 2**64
        return self.built(1, (size, size))

    def ranged(self) -> Result:
        """Return the cost of lists.range."""
        size = self.constant(0, UNLIMITED)
        return self.built(1, (size, size))

    def reversed(self) -> Result:
        """Return the cost of reverse."""
        return self.built(1, self.items())

    def flattened(self) -> Result:
        """Return the cost of flatten."""
        return self.built(self.constant(0, UNLIMITED) if self.arguments else 1, self.items())

    def distinct(self) -> Result:
        """Return the cost of distinct, which compares each item with each."""
        return self.built(2, multiply(self.items(), self.items()))

    def sorted(self) -> Result:
        """Return the cost of a sort, which compares each item, or each key, with each."""
        keys = self.arguments[0] if self.arguments else self.target
        size = self.count(keys) if keys else UNKNOWN
        text = keys is not None and bool(keys.type.params) and keys.type.params[0].kind in _TEXT
        return self.built(2 + TRAVERSAL if text else 2, multiply(size, size))


_LISTS: dict[str, Callable[[_Costs], Result]] = {
    "slice": _Costs.sliced,
    "lists.range": _Costs.ranged,
    "reverse": _Costs.reversed,
    "flatten": _Costs.flattened,
    "distinct": _Costs.distinct,
    "sort": _Costs.sorted,
    "@sortByAssociatedKeys": _Costs.sorted,
}


def function_cost(  # noqa: C901, PLR0911, PLR0912, PLR0917 - one branch for each family of operators
    estimator: CostEstimator,
    call: Call,
    overload: Overload,
    target: Operand | None,
    arguments: Sequence[Operand],
    costs: Sequence[int],
) -> Result:
    """Return the cost of a call with its arguments, and the size of its result."""
    found = _Costs(estimator, call, target, arguments)
    own = plus(*costs)
    if (known := found.of_library(overload)) is not None:
        return plus(known[0], own), known[1]
    name, kinds = overload.function, [parameter.kind for parameter in overload.parameters]
    sizes = [found.length(argument) for argument in arguments]
    if name == "format" and target:
        return plus(scaled(found.length(target)[1], TRAVERSAL), own), None
    if (name, kinds) == ("bytes", ["string"]):
        return plus(scaled(sizes[0][1], TRAVERSAL), own), (sizes[0][0], times(sizes[0][1], 4))
    if (name, kinds) == ("string", ["bytes"]):
        return plus(scaled(sizes[0][1], TRAVERSAL), own), (sizes[0][0] // 4, sizes[0][1])
    if name == "strings.quote":
        longest = plus(times(sizes[0][1], 2), 2)
        return plus(scaled(sizes[0][1], TRAVERSAL), own), (plus(sizes[0][0], 2), longest)
    if name in ("startsWith", "endsWith"):
        return plus(scaled(sizes[0][1], TRAVERSAL), own), None
    if name == "@in" and kinds[1] == "list":
        return plus(sizes[1][1], own), None
    if name == "matches":
        text = found.length(target) if target else sizes[0]
        return plus(found.pattern(text, sizes[-1]), own), None
    if name == "contains" and target:
        read = scaled(found.length(target)[1], TRAVERSAL)
        return plus(times(read, scaled(sizes[0][1], TRAVERSAL)), own), None
    if name in ("_&&_", "_||_"):
        return own, None
    if name == "_?_:_":
        return _conditional(estimator, call, sizes, costs)
    if name == "_+_" and kinds[0] in ("string", "bytes", "list"):
        return _addition(estimator, call, kinds[0], sizes, own)
    if name in ("_==_", "_!=_") or (name in _COMPARISONS and kinds[0] in _TEXT):
        return plus(scaled(min(sizes[0][1], sizes[1][1]), TRAVERSAL), own), None
    return plus(1, own), None


def _conditional(estimator: CostEstimator, call: Call, sizes: Sequence[Size], costs: Sequence[int]) -> Result:
    then, other = call.arguments[1], call.arguments[2]
    entry = estimator.entry(then)
    estimator.set_entry(call, entry.union(estimator.entry(other)) if entry else None)
    return plus(costs[0], max(costs[1], costs[2])), union(sizes[1], sizes[2])


def _addition(estimator: CostEstimator, call: Call, kind: str, sizes: Sequence[Size], own: int) -> Result:
    size = add(sizes[0], sizes[1])
    entry = estimator.entry(call.arguments[0])
    estimator.set_entry(call, entry.union(estimator.entry(call.arguments[1])) if entry else None)
    return plus(1 if kind == "list" else scaled(size[1], TRAVERSAL), own), size
