"""How the API server decodes an object before it validates it.

Nulls of fields that are not nullable are dropped, or replaced by the default (apiextensions,
defaulting/prunenulls.go and algorithm.go). A number without a fraction is an integer if it fits into int64,
else a float (apimachinery, util/json); 1.0 is an integer where the schema has one. An unpaired surrogate
becomes U+FFFD.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from crd_gen.keywords import INT_OR_STRING

Path = tuple[str | int, ...]
INT64 = range(-(2**63), 2**63)


def normalize(value: Any, schema: Mapping[str, Any] | None) -> Any:
    """Return parsed JSON as the server decodes it; the schema is None for an undeclared field."""
    if isinstance(value, Mapping):
        fields = ((name, inner, _child(name, schema)) for name, inner in value.items())
        return {
            _text(name): normalize(inner, child)
            for name, inner, child in fields
            if inner is not None or child is None or child.get("nullable")
        }
    if isinstance(value, list):
        items = (schema or {}).get("items")
        return [normalize(item, items) for item in value]
    if isinstance(value, str):
        return _text(value)
    return _number(value, schema) if isinstance(value, int | float) else value


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def enum_type_errors(
    value: Any, schema: Mapping[str, Any] | None, path: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """Yield the values that equal an enum value in Python but not in JSON, such as true and 1."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from enum_type_errors(inner, _child(name, schema), (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from enum_type_errors(item, (schema or {}).get("items"), (*path, index))
    elif isinstance(value, int | float) and "enum" in (schema := schema or {}):
        is_boolean = schema.get("type") == "boolean"
        yield from [(path, value)] if isinstance(value, bool) is not is_boolean else []


def _number(value: float, schema: Mapping[str, Any] | None) -> float:
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        is_integer = schema is not None and (schema.get("type") == "integer" or INT_OR_STRING in schema)
        return int(value) if is_integer and value.is_integer() and int(value) in INT64 else value
    return value if value in INT64 else float(value)


def _child(name: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if schema is None:
        return None
    properties = schema.get("properties", {})
    if name in properties:
        child: Mapping[str, Any] = properties[name]
        return child
    additional = schema.get("additionalProperties")
    return additional if isinstance(additional, Mapping) else None
