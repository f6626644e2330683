"""An object as the API server reads it, before anything judges it.

Nulls of fields that are not nullable are dropped, or replaced by the default (apiextensions,
defaulting/prunenulls.go and algorithm.go). A number without a fraction is an integer if int64 holds
it, and a float if not (apimachinery, util/json); 1.0 is an integer where one is wanted.
"""

from collections.abc import Mapping
from typing import Any

INT64 = range(-(2**63), 2**63)


def as_read(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """Read parsed JSON with the schema that it will be judged by; None where the schema says nothing."""
    if isinstance(value, Mapping):
        pairs = ((name, inner, _schema_of(name, schema)) for name, inner in value.items())
        return {
            name: as_read(inner, below)
            for name, inner, below in pairs
            if inner is not None or below is None or below.get("nullable")
        }
    if isinstance(value, list):
        items = (schema or {}).get("items")
        return [as_read(item, items) for item in value]
    return _number(value, schema) if isinstance(value, int | float) else value


def _number(value: float, schema: Mapping[str, Any] | None) -> float:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        wanted = schema is not None and schema.get("type") == "integer"
        return int(value) if wanted and value.is_integer() and int(value) in INT64 else value
    return value if value in INT64 else float(value)


def _schema_of(name: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if schema is None:
        return None
    properties = schema.get("properties", {})
    if name in properties:
        found: Mapping[str, Any] = properties[name]
        return found
    additional = schema.get("additionalProperties")
    return additional if isinstance(additional, Mapping) else None
