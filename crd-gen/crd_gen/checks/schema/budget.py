"""Rules that exceed the cost limits of the API server, and the bounds that would bring them within."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from crd_gen.cel.arithmetic import UNLIMITED, plus
from crd_gen.cel.rule_cost import (
    CALL_LIMIT,
    CONTAINERS,
    OBJECT_LIMIT,
    RULE_LIMIT,
    SCHEMA_LIMIT,
    RuleCost,
    costs,
)
from crd_gen.cel.types import REQUEST_MAX
from crd_gen.keywords import Schema

SHOWN = 60
"""Characters of a rule that a message repeats."""


@dataclass(frozen=True)
class Bound:
    """A missing bound, with the largest value that keeps a rule within its limit."""

    path: str
    word: str
    value: int


def suggest(
    schema: Schema, cost: RuleCost, *, limit: int = RULE_LIMIT, per_call: bool = False
) -> list[Bound]:
    """Return the missing bounds that a rule's cost depends on, with one value for all that is low enough.

    Returns [] if no bound is missing: then the rule itself must be simplified.
    """
    missing = [bound for bound in _unbounded(schema, "") if _matters(schema, cost, bound, per_call=per_call)]
    low, high = 0, REQUEST_MAX
    while missing and low < high:
        middle = (low + high + 1) // 2
        bounded = _with_bounds(schema, missing, middle)
        if _measure(bounded, cost, per_call=per_call) <= limit:
            low = middle
        else:
            high = middle - 1
    return [Bound(path, word, low) for path, word in missing] if low else []


def _unbounded(schema: Schema, path: str) -> Iterator[tuple[str, str]]:
    kind = schema.get("type")
    if kind == "string" and not schema.keys() & {"maxLength", "enum", "format"}:
        yield path, "maxLength"
    for word, bound, _ in CONTAINERS:
        if isinstance(schema.get(word), dict) and bound not in schema:
            yield path, bound
    for name, inner in sorted(schema.get("properties", {}).items()):
        yield from _unbounded(inner, f"{path}.{name}" if path else name)
    for word, _, mark in CONTAINERS:
        if isinstance(schema.get(word), dict):
            yield from _unbounded(schema[word], path + mark)


def _matters(schema: Schema, cost: RuleCost, bound: tuple[str, str], *, per_call: bool) -> bool:
    return _measure(_with_bounds(schema, [bound], 1), cost, per_call=per_call) < (
        cost.call if per_call else cost.total
    )


def _measure(schema: Schema, cost: RuleCost, *, per_call: bool) -> int:
    for found in costs(schema):
        if (found.path, found.text, found.word) == (cost.path, cost.text, cost.word):
            return found.call if per_call else found.total
    return UNLIMITED


def _with_bounds(schema: Schema, missing: list[tuple[str, str]], value: int) -> Schema:
    # Not deepcopy, which preserves that two fields share one schema object.
    bounded: Schema = json.loads(json.dumps(schema))
    for path, word in missing:
        _at(bounded, path)[word] = value
    return bounded


def _at(schema: Schema, path: str) -> Schema:
    for step in path.replace("[]", ".[]").replace("{}", ".{}").strip(".").split(".") if path else ():
        inner = {"[]": "items", "{}": "additionalProperties"}.get(step)
        schema = schema[inner] if inner else schema["properties"][step]
    return schema


def over_budget(schema: Schema) -> Iterator[tuple[str, str, bool]]:
    """Yield (path, problem, fatal) for every limit that is or could be exceeded."""
    found = costs(schema)
    for cost in found:
        if cost.total > RULE_LIMIT:
            yield cost.path, _problem(schema, cost, per_call=False), True
        elif cost.call > CALL_LIMIT:
            yield cost.path, _problem(schema, cost, per_call=True), False
    total = plus(*(cost.total for cost in found))
    if total > SCHEMA_LIMIT:
        largest = max(found, key=lambda cost: cost.total)
        problem = f"all rules cost {total:,}, above the limit of {SCHEMA_LIMIT:,}"
        yield "", f"{problem}; the most expensive is at {largest.path}", True
    elif total > OBJECT_LIMIT:
        problem = f"validating the largest object could cost {total:,}"
        yield "", f"{problem}, above the run-time limit of {OBJECT_LIMIT:,}", False


def _problem(schema: Schema, cost: RuleCost, *, per_call: bool) -> str:
    amount, limit = (cost.call, CALL_LIMIT) if per_call else (cost.total, RULE_LIMIT)
    figure = "an unlimited amount" if amount >= UNLIMITED else f"up to {amount:,}"
    unit = "per evaluation" if per_call else "in total"
    problem = f"{cost.word} {_short(cost.text)} costs {figure} {unit}, above the limit of {limit:,}"
    if cost.unbounded:
        problem += f"; {cost.unbounded} has no bound"
    if bounds := suggest(schema, cost, limit=limit, per_call=per_call):
        wanted = ", ".join(f"{bound.word} {bound.value} on {bound.path or 'the root'}" for bound in bounds)
        return f"{problem}; set {wanted}"
    return f"{problem}; simplify the rule"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}...")
