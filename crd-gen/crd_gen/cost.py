"""What the CEL rules of a schema cost: statically, as the server counts at installation, and at run time.

The server refuses a rule whose static cost, times the number of places it can run at, is above
RULE_LIMIT, or a schema above SCHEMA_LIMIT. It then aborts a single evaluation above CALL_LIMIT
and an object above OBJECT_LIMIT (apiserver, pkg/apis/cel/config.go), so that a rule can install
and yet refuse a legal object. The figures here are maxima, hence upper bounds of both.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crd_gen.cel.amount import ENDLESS, plus, times
from crd_gen.cel.declared import REQUEST_MAX, declared
from crd_gen.cel.errors import CelError
from crd_gen.cel.estimate import estimate
from crd_gen.cel.expression import parse

RULE_LIMIT, SCHEMA_LIMIT = 10_000_000, 100_000_000
CALL_LIMIT, OBJECT_LIMIT = 1_000_000, 10_000_000

Schema = dict[str, Any]
RULES = "x-kubernetes-validations"
SHOWN = 60
BELOW = (("items", "maxItems", "[]"), ("additionalProperties", "maxProperties", "{}"))


@dataclass(frozen=True)
class RuleCost:
    """One expression at its place: the cost of one call, how often it can run, and both together.

    unbounded is the path of the outermost list or map around it that has no bound; word is
    `rule` or `messageExpression`.
    """

    path: str
    text: str
    call: int
    count: int
    unbounded: str = ""
    word: str = "rule"

    @property
    def total(self) -> int:
        """Give the cost that counts against RULE_LIMIT."""
        return times(self.call, self.count)


def costs(schema: Schema) -> list[RuleCost]:
    """Measure every rule of a schema; one that does not compile is left to the checks."""
    return list(_walk(schema, "", 1, "", root=True))


def _walk(schema: Schema, path: str, count: int, unbounded: str, *, root: bool = False) -> Iterator[RuleCost]:
    yield from _rules(schema, path, count, unbounded, root=root)
    for name, inner in sorted(schema.get("properties", {}).items()):
        yield from _walk(inner, f"{path}.{name}" if path else name, count, unbounded)
    for word, bound, mark in BELOW:
        inner = schema.get(word)
        if isinstance(inner, dict):
            ends = unbounded or ("" if bound in schema else path)
            yield from _walk(inner, path + mark, times(count, schema.get(bound, 1)), ends)


def _rules(schema: Schema, path: str, count: int, unbounded: str, *, root: bool) -> Iterator[RuleCost]:
    kind = declared(schema, root=root) if schema.get(RULES) else None
    if kind is None:
        return
    # Below something without a bound: as many as a request can hold.
    places = REQUEST_MAX // (kind.min_size + 1) if unbounded else count
    for rule in schema[RULES]:
        for word in ("rule", "messageExpression"):
            if not rule.get(word):
                continue
            with contextlib.suppress(CelError):
                part = estimate(parse(rule[word]), kind, optional_old=bool(rule.get("optionalOldSelf")))
                yield RuleCost(path, rule[word], part.cost, places, unbounded, word)


@dataclass(frozen=True)
class Bound:
    """A bound that is missing: where, which word, and the largest value that would do."""

    path: str
    word: str
    value: int


def suggest(
    schema: Schema, cost: RuleCost, *, limit: int = RULE_LIMIT, per_call: bool = False
) -> list[Bound]:
    """Find the missing bounds that make a rule too dear, and one value for all of them that would do.

    Gives nothing when no bound is missing: then the rule itself must become simpler.
    """
    missing = [place for place in _unbounded(schema, "") if _matters(schema, cost, place, per_call=per_call)]
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
    for word, bound, _ in BELOW:
        if isinstance(schema.get(word), dict) and bound not in schema:
            yield path, bound
    for name, inner in sorted(schema.get("properties", {}).items()):
        yield from _unbounded(inner, f"{path}.{name}" if path else name)
    for word, _, mark in BELOW:
        if isinstance(schema.get(word), dict):
            yield from _unbounded(schema[word], path + mark)


def _matters(schema: Schema, cost: RuleCost, place: tuple[str, str], *, per_call: bool) -> bool:
    return _measure(_with_bounds(schema, [place], 1), cost, per_call=per_call) < (
        cost.call if per_call else cost.total
    )


def _measure(schema: Schema, cost: RuleCost, *, per_call: bool) -> int:
    for found in costs(schema):
        if (found.path, found.text, found.word) == (cost.path, cost.text, cost.word):
            return found.call if per_call else found.total
    return ENDLESS


def _with_bounds(schema: Schema, places: list[tuple[str, str]], value: int) -> Schema:
    # Through JSON, because deepcopy would keep two fields one object that share a schema.
    bounded: Schema = json.loads(json.dumps(schema))
    for path, word in places:
        _at(bounded, path)[word] = value
    return bounded


def _at(schema: Schema, path: str) -> Schema:
    for step in path.replace("[]", ".[]").replace("{}", ".{}").strip(".").split(".") if path else ():
        inner = {"[]": "items", "{}": "additionalProperties"}.get(step)
        schema = schema[inner] if inner else schema["properties"][step]
    return schema


def over_budget(schema: Schema) -> Iterator[tuple[str, str, bool]]:
    """Give (path, problem, fatal) for every budget that is or could be exceeded."""
    found = costs(schema)
    for cost in found:
        if cost.total > RULE_LIMIT:
            yield cost.path, _say(schema, cost, "installing", cost.total, RULE_LIMIT), True
        elif cost.call > CALL_LIMIT:
            yield cost.path, _say(schema, cost, "one evaluation", cost.call, CALL_LIMIT), False
    total = plus(*(cost.total for cost in found))
    if total > SCHEMA_LIMIT:
        dearest = max(found, key=lambda cost: cost.total)
        yield "", f"all rules cost {total:,}, above {SCHEMA_LIMIT:,}; the dearest is at {dearest.path}", True
    elif total > OBJECT_LIMIT:
        yield (
            "",
            f"the largest object could cost {total:,} to check, above {OBJECT_LIMIT:,} at run time",
            False,
        )


def _say(schema: Schema, cost: RuleCost, what: str, amount: int, limit: int) -> str:
    figure = "without end" if amount >= ENDLESS else f"up to {amount:,}"
    problem = f"{what} of {cost.word} {_short(cost.text)} costs {figure}, above {limit:,}"
    if cost.unbounded:
        problem += f"; {cost.unbounded} around it has no bound"
    if bounds := suggest(schema, cost, limit=limit, per_call=limit == CALL_LIMIT):
        wanted = ", ".join(f"{bound.word} {bound.value} on {bound.path or 'the root'}" for bound in bounds)
        return f"{problem}; it would fit with {wanted}"
    return f"{problem}; a simpler rule is needed"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}...")
