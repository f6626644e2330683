"""Defaults: valid, complete, and applied by the server (V, DV, and gaps)."""

from __future__ import annotations

from collections.abc import Iterator

from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node
from crd_gen.checks.schema.values import problems
from crd_gen.keywords import SERVER_FIELDS


def check(node: Node) -> Iterator[Finding]:
    """Check the default of a node."""
    if node.junctor or "default" not in node.schema:
        return
    is_metadata = node.path.startswith("metadata.") or (node.in_metadata and node.under_map)
    if is_metadata or node.path in ("", *SERVER_FIELDS):
        yield Finding(node.path, "cannot have a default: the server owns the field")
        return
    value = node.schema["default"]
    if value is None:
        yield Finding(node.path, "default null has no effect: the server treats it as no default")
        return
    for problem in problems(value, {key: word for key, word in node.schema.items() if key != "default"}):
        yield Finding(node.path, f"invalid default: {problem}")
    # gap: the server does not check the default of items and map values, and applies it only to null.
    if node.kind in ("values", "items"):
        yield Finding(node.path, "a default of items or map values only replaces null", "warning")
