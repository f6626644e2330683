"""An object as the API server reads it, before anything judges it.

Nulls of fields that are not nullable are dropped, or replaced by the default (apiextensions,
defaulting/prunenulls.go and algorithm.go). A number without a fraction is an integer if int64 holds
it, and a float if not (apimachinery, util/json); 1.0 is an integer where one is wanted. Half of a
surrogate pair is read as U+FFFD.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
INT64 = range(-(2**63), 2**63)
INT_OR_STRING = "x-kubernetes-int-or-string"


def as_read(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """Read parsed JSON with the schema that it will be judged by; None where the schema says nothing."""
    if isinstance(value, Mapping):
        pairs = ((name, inner, _schema_of(name, schema)) for name, inner in value.items())
        return {
            _text(name): as_read(inner, below)
            for name, inner, below in pairs
            if inner is not None or below is None or below.get("nullable")
        }
    if isinstance(value, list):
        items = (schema or {}).get("items")
        return [as_read(item, items) for item in value]
    if isinstance(value, str):
        return _text(value)
    return _number(value, schema) if isinstance(value, int | float) else value


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mistaken(value: Any, schema: Mapping[str, Any] | None, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give the places where Python takes a value for one of an enumeration: true is not 1 in JSON."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from mistaken(inner, _schema_of(name, schema), (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from mistaken(item, (schema or {}).get("items"), (*path, number))
    elif isinstance(value, int | float) and "enum" in (schema := schema or {}):
        is_boolean = schema.get("type") == "boolean"
        yield from [(path, value)] if isinstance(value, bool) is not is_boolean else []


def _number(value: float, schema: Mapping[str, Any] | None) -> float:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        wanted = schema is not None and (schema.get("type") == "integer" or INT_OR_STRING in schema)
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
