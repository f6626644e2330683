"""The estimated cost of the CEL rules of a schema, and the limits of the API server.

The server rejects a definition with a rule whose static cost, multiplied by how often it can run, exceeds
RULE_LIMIT, or whose rules together exceed SCHEMA_LIMIT. At run time it aborts an evaluation above
CALL_LIMIT and the validation of an object above OBJECT_LIMIT (apiserver, pkg/apis/cel/config.go), so a rule
can be installed and still reject a valid object. The estimates here are upper bounds of both.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from crd_gen.cel.checker import Checked
from crd_gen.cel.compiler import RESULTS, compile_expression
from crd_gen.cel.costs.arithmetic import times
from crd_gen.cel.costs.cost import estimate
from crd_gen.cel.typing.types import REQUEST_MAX, DeclType, decl_type
from crd_gen.errors import CelError
from crd_gen.keywords import VALIDATIONS, Schema

RULE_LIMIT, SCHEMA_LIMIT = 10_000_000, 100_000_000
CALL_LIMIT, OBJECT_LIMIT = 1_000_000, 10_000_000

CONTAINERS = (("items", "maxItems", "[]"), ("additionalProperties", "maxProperties", "{}"))


Around = tuple[tuple[str, str, int | None], ...]


@dataclass(frozen=True)
class RuleCost:
    """The cost of one evaluation of an expression, and how often it can run in one object.

    unbounded is the path of the outermost list or map without a bound that contains it; word is `rule` or
    `messageExpression`. checked is the compiled expression, schema the one that it is on, and around the
    lists and maps that contain it: their paths, the keywords that bound them, and the bounds.
    """

    path: str
    text: str
    call: int
    count: int
    checked: Checked = field(compare=False, repr=False)
    unbounded: str = ""
    word: str = "rule"
    schema: Schema = field(default_factory=dict, compare=False, repr=False)
    around: Around = field(default=(), compare=False, repr=False)

    @property
    def total(self) -> int:
        """Return the cost that counts against RULE_LIMIT."""
        return times(self.call, self.count)


def costs(schema: Schema) -> list[RuleCost]:
    """Return the cost of every rule of a schema; one that does not compile is left out."""
    return list(_walk(schema, "", (), root=True))


def _walk(schema: Schema, path: str, around: Around, *, root: bool = False) -> Iterator[RuleCost]:
    yield from _rules(schema, path, around, root=root)
    for name, inner in sorted((schema.get("properties") or {}).items()):
        yield from _walk(inner, f"{path}.{name}" if path else name, around)
    for word, bound, mark in CONTAINERS:
        inner = schema.get(word)
        if isinstance(inner, dict):
            yield from _walk(inner, path + mark, (*around, (path, bound, schema.get(bound))))


def _rules(schema: Schema, path: str, around: Around, *, root: bool) -> Iterator[RuleCost]:
    kind = decl_type(schema, root=root) if schema.get(VALIDATIONS) else None
    if kind is None:
        return
    unbounded = next((at or "the root" for at, _, bound in around if bound is None), "")
    count = how_often(around, kind)
    for rule in schema[VALIDATIONS]:
        for word in RESULTS:
            if not rule.get(word):
                continue
            old = bool(rule.get("optionalOldSelf"))
            with contextlib.suppress(CelError):
                checked = compile_expression(rule[word], kind, word, optional_old=old)
                call = estimate(checked, kind)
                yield RuleCost(path, rule[word], call, count, checked, unbounded, word, schema, around)


def how_often(around: Around, kind: DeclType) -> int:
    """Return how often a value occurs at most; without a bound, as often as a request has room for it."""
    count = 1
    for _, _, bound in around:
        if bound is None:
            return REQUEST_MAX // (kind.min_size + 1)
        count = times(count, bound)
    return count
