"""Rules that exceed the cost limits of the API server, and the bounds that would bring them within."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crd_gen.cel.ast import Select, walk
from crd_gen.cel.costs.arithmetic import UNLIMITED, plus, times
from crd_gen.cel.costs.cost import estimate
from crd_gen.cel.costs.rule_cost import (
    CALL_LIMIT,
    CONTAINERS,
    OBJECT_LIMIT,
    RULE_LIMIT,
    SCHEMA_LIMIT,
    RuleCost,
    costs,
    how_often,
)
from crd_gen.cel.escaping import unescape
from crd_gen.cel.typing.types import REQUEST_MAX, decl_type
from crd_gen.keywords import Schema

UNBOUNDED = UNLIMITED // 100
"""An amount that a text or list without a bound leads to, whatever is done with it."""

SHOWN = 60
"""Characters of a rule that a message repeats."""


@dataclass(frozen=True)
class Bound:
    """A missing bound, with the largest value that keeps a rule within its limit."""

    path: str
    word: str
    value: int


def suggest(cost: RuleCost, *, limit: int = RULE_LIMIT, per_call: bool = False) -> list[Bound]:
    """Return the missing bounds that a rule's cost depends on, with one value for all that is low enough.

    Returns [] if no bound is missing: then the rule itself must be simplified.
    """
    measure = _Measure(cost, per_call=per_call)
    unchanged = measure.with_bounds([], 1)
    missing = [bound for bound in measure.unbounded() if measure.with_bounds([bound], 1) < unchanged]
    low, high = 0, REQUEST_MAX
    while missing and low < high:
        middle = (low + high + 1) // 2
        if measure.with_bounds(missing, middle) <= limit:
            low = middle
        else:
            high = middle - 1
    return [Bound(path, word, low) for path, word in missing] if low else []


class _Measure:
    """The cost of one rule under bounds that its schema lacks.

    Only the bounds of the lists and maps around the rule count, and those of the fields that it reads.
    """

    def __init__(self, cost: RuleCost, *, per_call: bool) -> None:
        self.cost, self.per_call = cost, per_call
        parts = walk(cost.checked.expression)
        self.names = {unescape(part.field) for part in parts if isinstance(part, Select)}

    def unbounded(self) -> list[tuple[str, str]]:
        """Return the paths and keywords of the bounds that are missing."""
        around = [(path, word) for path, word, bound in self.cost.around if bound is None]
        return sorted({*([] if self.per_call else around), *self._inside(self.cost.schema, self.cost.path)})

    def _inside(self, schema: Schema, path: str) -> Iterator[tuple[str, str]]:
        if schema.get("type") == "string" and not schema.keys() & {"maxLength", "enum", "format"}:
            yield path, "maxLength"
        for name, inner in (schema.get("properties") or {}).items():
            if name in self.names:
                yield from self._inside(inner, f"{path}.{name}" if path else name)
        for word, bound, mark in CONTAINERS:
            if isinstance(schema.get(word), dict):
                if bound not in schema:
                    yield path, bound
                yield from self._inside(schema[word], path + mark)

    def with_bounds(self, missing: list[tuple[str, str]], value: int) -> int:
        """Return the rule's cost if each missing bound has a value."""
        added = set(missing)
        schema = _bounded(self.cost.schema, self.cost.path, added, value)
        kind = decl_type(schema, root=not self.cost.path)
        if kind is None:
            return UNLIMITED
        call = estimate(self.cost.checked, kind)
        if self.per_call:
            return call
        around = [
            (path, word, value if (path, word) in added else bound) for path, word, bound in self.cost.around
        ]
        return times(call, how_often(tuple(around), kind))


def _bounded(schema: Schema, path: str, missing: set[tuple[str, str]], value: int) -> Schema:
    """Return a schema with bounds; what is not changed is shared with the original."""
    below = [entry for entry in missing if entry[0].startswith(path)]
    if not below:
        return schema
    changed = dict(schema)
    changed |= {word: value for at, word in below if at == path}
    if "properties" in schema:
        changed["properties"] = {
            name: _bounded(inner, f"{path}.{name}" if path else name, missing, value)
            for name, inner in schema["properties"].items()
        }
    for word, _, mark in CONTAINERS:
        if isinstance(schema.get(word), dict):
            changed[word] = _bounded(schema[word], path + mark, missing, value)
    return changed


def over_budget(schema: Schema) -> Iterator[tuple[str, str, bool]]:
    """Yield (path, problem, fatal) for every limit that is or could be exceeded."""
    found = costs(schema)
    for cost in found:
        if cost.total > RULE_LIMIT:
            yield cost.path, _problem(cost, per_call=False), True
        elif cost.call > CALL_LIMIT:
            yield cost.path, _problem(cost, per_call=True), False
    total = plus(*(cost.total for cost in found))
    if total > SCHEMA_LIMIT:
        largest = max(found, key=lambda cost: cost.total)
        figure = "an unlimited amount" if total >= UNBOUNDED else f"{total:,}"
        problem = f"all rules cost {figure}, above the limit of {SCHEMA_LIMIT:,}"
        yield "", f"{problem}; the most expensive is at {largest.path}", True
    elif total > OBJECT_LIMIT:
        problem = f"validating the largest object could cost {total:,}"
        yield "", f"{problem}, above the run-time limit of {OBJECT_LIMIT:,}", False


def _problem(cost: RuleCost, *, per_call: bool) -> str:
    amount, limit = (cost.call, CALL_LIMIT) if per_call else (cost.total, RULE_LIMIT)
    figure = "an unlimited amount" if amount >= UNBOUNDED else f"up to {amount:,}"
    unit = "per evaluation" if per_call else "in total"
    problem = f"{cost.word} {_short(cost.text)} costs {figure} {unit}, above the limit of {limit:,}"
    if cost.unbounded:
        problem += f"; {cost.unbounded} has no bound"
    if bounds := suggest(cost, limit=limit, per_call=per_call):
        wanted = ", ".join(f"{bound.word} {bound.value} on {bound.path or 'the root'}" for bound in bounds)
        return f"{problem}; set {wanted}"
    return f"{problem}; simplify the rule"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}...")
