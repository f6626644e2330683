"""Rules of one version that a client gets round by way of another: a gap, each is checked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.cel.errors import CelError
from crd_gen.cel.expression import parse
from crd_gen.cel.syntax import uses
from crd_gen.checks.finding import Finding
from crd_gen.checks.node import Node, walk

Places = set[tuple[str, str]]


def check(definition: dict[str, Any]) -> Iterator[Finding]:
    """Compare the transition rules of the served versions."""
    served = {
        version["name"]: _transitions(version["schema"]["openAPIV3Schema"])
        for version in definition["spec"]["versions"]
        if version["served"]
    }
    everywhere: Places = set().union(*served.values())
    for name, there in served.items():
        for path, rule in sorted(everywhere - there):
            problem = (
                f"has no transition rule {rule!r}, as other versions do: a client can write through {name}"
            )
            yield Finding(f"{name}: {path or '(root)'}", problem, "warning")


def _transitions(schema: dict[str, Any]) -> Places:
    return {
        (node.path, " ".join(rule["rule"].split()))
        for node in walk(Node(schema))
        for rule in node.schema.get("x-kubernetes-validations", ())
        if _is_transition(rule.get("rule", ""))
    }


def _is_transition(text: str) -> bool:
    try:
        return uses(parse(text), "oldSelf")
    except CelError:
        return False
