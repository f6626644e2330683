"""The estimated cost of the CEL rules of a schema, and the limits of the API server.

The server rejects a definition with a rule whose static cost, multiplied by how often it can run, exceeds
RULE_LIMIT, or whose rules together exceed SCHEMA_LIMIT. At run time it aborts an evaluation above
CALL_LIMIT and the validation of an object above OBJECT_LIMIT (apiserver, pkg/apis/cel/config.go), so a rule
can be installed and still reject a valid object. The estimates here are upper bounds of both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from crd_gen.cel.arithmetic import times
from crd_gen.cel.estimator import estimate
from crd_gen.cel.parser import parse
from crd_gen.cel.types import REQUEST_MAX, decl_type
from crd_gen.errors import CelError
from crd_gen.keywords import VALIDATIONS, Schema

RULE_LIMIT, SCHEMA_LIMIT = 10_000_000, 100_000_000
CALL_LIMIT, OBJECT_LIMIT = 1_000_000, 10_000_000

CONTAINERS = (("items", "maxItems", "[]"), ("additionalProperties", "maxProperties", "{}"))


@dataclass(frozen=True)
class RuleCost:
    """The cost of one evaluation of an expression, and how often it can run in one object.

    unbounded is the path of the outermost list or map without a bound that contains it; word is `rule` or
    `messageExpression`.
    """

    path: str
    text: str
    call: int
    count: int
    unbounded: str = ""
    word: str = "rule"

    @property
    def total(self) -> int:
        """Return the cost that counts against RULE_LIMIT."""
        return times(self.call, self.count)


def costs(schema: Schema) -> list[RuleCost]:
    """Return the cost of every rule of a schema; one that does not compile is left out."""
    return list(_walk(schema, "", 1, "", root=True))


def _walk(schema: Schema, path: str, count: int, unbounded: str, *, root: bool = False) -> Iterator[RuleCost]:
    yield from _rules(schema, path, count, unbounded, root=root)
    for name, inner in sorted(schema.get("properties", {}).items()):
        yield from _walk(inner, f"{path}.{name}" if path else name, count, unbounded)
    for word, bound, mark in CONTAINERS:
        inner = schema.get(word)
        if isinstance(inner, dict):
            ends = unbounded or ("" if bound in schema else path)
            yield from _walk(inner, path + mark, times(count, schema.get(bound, 1)), ends)


def _rules(schema: Schema, path: str, count: int, unbounded: str, *, root: bool) -> Iterator[RuleCost]:
    kind = decl_type(schema, root=root) if schema.get(VALIDATIONS) else None
    if kind is None:
        return
    if unbounded:  # as many as fit into a request
        count = REQUEST_MAX // (kind.min_size + 1)
    for rule in schema[VALIDATIONS]:
        for word in ("rule", "messageExpression"):
            if not rule.get(word):
                continue
            with contextlib.suppress(CelError):
                found = estimate(parse(rule[word]), kind, optional_old=bool(rule.get("optionalOldSelf")))
                yield RuleCost(path, rule[word], found.cost, count, unbounded, word)
