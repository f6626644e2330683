"""Defaults: valid, complete and in a place where the server applies them (V, DV, DA; and gaps)."""

from __future__ import annotations

from collections.abc import Iterator

from crd_gen.checks.finding import Finding
from crd_gen.checks.node import Node
from crd_gen.checks.values import problems


def check(node: Node) -> Iterator[Finding]:
    """Check the default of one node."""
    if node.junctor or "default" not in node.schema:
        return
    if node.path in ("metadata", "kind", "apiVersion") or (node.in_metadata and node.under_map):
        yield Finding(node.path, "cannot have a default: it belongs to the server")
        return
    value = node.schema["default"]
    if value is None:
        yield Finding(node.path, "default null says nothing: the server reads it as no default")
        return
    for problem in problems(value, {key: word for key, word in node.schema.items() if key != "default"}):
        yield Finding(node.path, f"the default does not satisfy the schema: {problem}")
    # gap: the server checks no default below a key that does not exist yet, and applies it to null.
    if node.kind in ("values", "items"):
        yield Finding(
            node.path, "a default of items or values replaces nulls only; it fills nothing in", "warning"
        )
