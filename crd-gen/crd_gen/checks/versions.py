"""Transition rules that a client can bypass through another served version (a gap)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.cel.ast import uses
from crd_gen.cel.lexer import one_line
from crd_gen.cel.parser import parse
from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node, walk
from crd_gen.errors import CelError

PathRules = set[tuple[str, str]]


def check(definition: dict[str, Any]) -> Iterator[Finding]:
    """Compare the transition rules of the served versions."""
    served = {
        version["name"]: _transitions(version["schema"]["openAPIV3Schema"])
        for version in definition["spec"]["versions"]
        if version["served"]
    }
    all_rules: PathRules = set().union(*served.values())
    for name, rules in served.items():
        for path, rule in sorted(all_rules - rules):
            problem = (
                f"lacks the transition rule {rule!r} of other versions: a client can bypass it through {name}"
            )
            yield Finding(f"{name}: {path or '(root)'}", problem, "warning")


def _transitions(schema: dict[str, Any]) -> PathRules:
    return {
        (node.path, one_line(rule["rule"]))
        for node in walk(Node(schema))
        for rule in node.schema.get("x-kubernetes-validations", ())
        if _is_transition(rule.get("rule", ""))
    }


def _is_transition(text: str) -> bool:
    try:
        return uses(parse(text), "oldSelf")
    except CelError:
        return False
