"""The entries of x-kubernetes-validations: their shape, syntax, names and places (V, C)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.cel.declared import declared
from crd_gen.cel.errors import CelError
from crd_gen.cel.estimate import estimate
from crd_gen.cel.expression import parse
from crd_gen.cel.syntax import Expression, uses
from crd_gen.checks.finding import Finding
from crd_gen.checks.node import Node

REASONS = ("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate")


def check(node: Node) -> Iterator[Finding]:
    """Check the rules of one node."""
    seen: set[str] = set()
    for number, rule in enumerate(node.schema.get("x-kubernetes-validations", ())):
        where = f"rule {number + 1} ({_short(rule.get('rule', ''))})"
        for problem in (*_shape(rule, node), *_meaning(rule, node)):
            yield Finding(node.path, f"{where} {problem}")
        if rule.get("rule") in seen:
            yield Finding(
                node.path, f"{where} is there twice: server-side apply tells rules apart by their text"
            )
        seen.add(rule.get("rule", ""))


def _shape(rule: dict[str, Any], node: Node) -> Iterator[str]:
    text, message = rule.get("rule", ""), rule.get("message", "")
    if not text.strip():
        yield "is empty"
    if "message" in rule and not message.strip():
        yield "has an empty message"
    if "\n" in message.strip():
        yield "has a message of several lines"
    if "\n" in text.strip() and not message.strip():
        yield "has several lines, so it needs a message"
    if "messageExpression" in rule and not rule["messageExpression"].strip():
        yield "has an empty messageExpression"
    if rule.get("reason", REASONS[0]) not in REASONS:
        yield f"has the reason {rule['reason']!r}; it must be one of {', '.join(REASONS)}"
    if "fieldPath" in rule and not _resolves(rule["fieldPath"], node.schema):
        yield f"has the fieldPath {rule['fieldPath']!r}, which names no field here"
    if unknown := sorted(
        rule.keys() - {"rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf"}
    ):
        yield f"has {', '.join(unknown)}, which a rule does not know"


def _meaning(rule: dict[str, Any], node: Node) -> Iterator[str]:
    for word in ("rule", "messageExpression"):
        text = rule.get(word, "")
        if not text.strip():
            continue
        try:
            expression = parse(text)
            yield from _result(expression, word, rule, node)
        except CelError as error:
            yield f"is no CEL in {word}: {error}"
            continue
        if word == "rule":
            yield from _old_self(expression, rule, node)


def _result(expression: Expression, word: str, rule: dict[str, Any], node: Node) -> Iterator[str]:
    """Read the names and the kind of the result. Raises CelError."""
    kind = declared(node.schema, root=node.kind == "root")
    if kind is None:
        yield "stands where CEL sees nothing: a type is missing, or one below"
        return
    wanted = "bool" if word == "rule" else "string"
    found = estimate(expression, kind, optional_old=bool(rule.get("optionalOldSelf"))).kind.kind
    if found not in (wanted, "dyn"):
        yield f"must give a {wanted} in {word}, not a {found}"


def _old_self(expression: Expression, rule: dict[str, Any], node: Node) -> Iterator[str]:
    if not uses(expression, "oldSelf"):
        if "optionalOldSelf" in rule:
            yield "sets optionalOldSelf and does not use oldSelf"
        return
    if node.uncorrelatable:
        yield f"uses oldSelf below {node.uncorrelatable}, whose items have no identity: make it a map list"


def _resolves(path: str, schema: dict[str, Any]) -> bool:
    """Follow a fieldPath: `.spec.name` or `['a.b']`, through properties and map values."""
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
