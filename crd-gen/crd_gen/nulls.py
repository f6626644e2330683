"""Nulls as the API server reads them (apiextensions, defaulting/prunenulls.go and algorithm.go)."""

from collections.abc import Mapping
from typing import Any


def without_absent_nulls(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """Drop nulls of fields that are not nullable; items of lists keep theirs.

    A field with a default loses its null too: the server then fills the default in.
    """
    if schema is None:
        return value
    if isinstance(value, Mapping):
        pairs = ((name, inner, _schema_of(name, schema)) for name, inner in value.items())
        return {
            name: without_absent_nulls(inner, below)
            for name, inner, below in pairs
            if inner is not None or below is None or below.get("nullable")
        }
    if isinstance(value, list):
        return [without_absent_nulls(item, schema.get("items")) for item in value]
    return value


def _schema_of(name: str, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    properties = schema.get("properties", {})
    if name in properties:
        found: Mapping[str, Any] = properties[name]
        return found
    additional = schema.get("additionalProperties")
    return additional if isinstance(additional, Mapping) else None
