"""Structural defaulting (apiextensions, defaulting/algorithm.go)."""

from __future__ import annotations

from typing import Any

from crd_gen.keywords import Schema


def with_defaults(value: Any, schema: Schema) -> Any:
    """Return a value with the defaults of the fields that it lacks, at any depth."""
    if isinstance(value, list):
        items = schema.get("items")
        return [with_defaults(item, items) for item in value] if isinstance(items, dict) else value
    if not isinstance(value, dict):
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    absent = {
        name: inner["default"]
        for name, inner in properties.items()
        if name not in value and inner.get("default") is not None
    }
    rest = others if isinstance(others, dict) else {}
    return {
        name: with_defaults(inner, properties.get(name, rest)) for name, inner in (value | absent).items()
    }
