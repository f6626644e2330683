"""Keywords that have no effect on objects."""

from __future__ import annotations

from crd_gen.keywords import PRESERVE_UNKNOWN, Schema

_SCALARS = ("string", "integer", "number", "boolean")


def drop_ineffective(schema: Schema) -> None:
    """Drop line breaks of the description, the pruning of a scalar, and nullable on items without a type."""
    if isinstance(schema.get("description"), str):
        schema["description"] = " ".join(schema["description"].split())
    if schema.get("type") in _SCALARS:
        schema.pop(PRESERVE_UNKNOWN, None)
    items = schema.get("items")
    if isinstance(items, dict) and "type" not in items and items.get(PRESERVE_UNKNOWN):
        # The server stores null in a list of anything.
        items.pop("nullable", None)
