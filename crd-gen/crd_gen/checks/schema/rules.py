"""The rules of x-kubernetes-validations (V; schema/cel/compilation.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crd_gen.cel.ast import Expression, uses
from crd_gen.cel.compiler import RESULTS, compile_expression
from crd_gen.cel.typing.types import DeclType, decl_type
from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node
from crd_gen.errors import CelError

_BREAK = re.compile(r"[\n\r]")
REASONS = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")


def check(node: Node) -> Iterator[Finding]:
    """Check the rules of a node."""
    seen: set[str] = set()
    found = node.schema.get("x-kubernetes-validations", ())
    kind = decl_type(node.schema, root=node.kind == "root") if found else None
    for number, rule in enumerate(found):
        where = f"rule {number + 1} ({_short(rule.get('rule', ''))})"
        for problem in (*_shape(rule, node), *_meaning(rule, node, kind)):
            yield Finding(node.path, f"{where} {problem}")
        if rule.get("rule") in seen:
            yield Finding(node.path, f"{where} is a duplicate: server-side apply merges rules by their text")
        seen.add(rule.get("rule", ""))


def _shape(rule: dict[str, Any], node: Node) -> Iterator[str]:
    text, message = rule.get("rule", ""), rule.get("message", "")
    if not text.strip():
        yield "is empty"
    if "message" in rule and not message.strip():
        yield "has an empty message"
    if _BREAK.search(message.strip()):
        yield "has a multi-line message"
    if _BREAK.search(text.strip()) and not message.strip():
        yield "spans several lines, so it needs a message"
    if "messageExpression" in rule and not rule["messageExpression"].strip():
        yield "has an empty messageExpression"
    if rule.get("reason", REASONS[0]) not in REASONS:
        yield f"has the reason {rule['reason']!r}; it must be one of {', '.join(REASONS)}"
    if "fieldPath" in rule and not _resolves(rule["fieldPath"], node.schema):
        yield f"has the fieldPath {rule['fieldPath']!r}, which is not a field here"
    if unknown := sorted(
        rule.keys() - {"rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf"}
    ):
        yield f"has unknown keys: {', '.join(unknown)}"


def _meaning(rule: dict[str, Any], node: Node, kind: DeclType | None) -> Iterator[str]:
    if kind is None:
        yield "is on a value that CEL cannot see: it or a child has no type"
        return
    for word in RESULTS:
        text = rule.get(word) or ""
        if not text.strip():
            continue
        try:
            checked = compile_expression(text, kind, word, optional_old=bool(rule.get("optionalOldSelf")))
        except CelError as error:
            yield f"has invalid CEL in {word}: {error}" if error.column else error.problem
            continue
        if word == "rule":
            yield from _old_self(checked.expression, rule, node)


def _old_self(expression: Expression, rule: dict[str, Any], node: Node) -> Iterator[str]:
    if not uses(expression, "oldSelf"):
        if "optionalOldSelf" in rule:
            yield "sets optionalOldSelf but does not use oldSelf"
        return
    if node.uncorrelatable:
        yield f"uses oldSelf within {node.uncorrelatable}, whose items have no identity: use list type map"


def _resolves(path: str, schema: dict[str, Any]) -> bool:
    """Return True if a fieldPath (`.spec.name`, `['a.b']`) leads to a property or map value."""
    rest = path
    while rest:
        if rest.startswith("['"):
            name, _, rest = rest[2:].partition("']")
        elif rest.startswith("."):
            end = min((i for i in (rest.find(".", 1), rest.find("[", 1)) if i > 0), default=len(rest))
            name, rest = rest[1:end], rest[end:]
        else:
            return False
        below = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        if not isinstance(below, dict):
            return False
        schema = below
    return bool(path.strip())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."


SHOWN = 60
