"""CEL types of schemas (apiserver, pkg/cel/common/schemas.go, pkg/cel/types.go)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from crd_gen.cel.escaping import escape
from crd_gen.keywords import EMBEDDED_RESOURCE, INT_OR_STRING, Schema

REQUEST_MAX = 3 * 1024 * 1024
"""Largest request in bytes that the cost model assumes (apiserver, pkg/apis/cel/config.go)."""

_FORMAT_MAX = {"duration": 32, "date": 12, "date-time": 32}
_FORMAT_MIN = {"duration": 3, "date": 12, "date-time": 21}
_FORMAT_KIND = {"duration": "duration", "date": "timestamp", "date-time": "timestamp", "byte": "bytes"}
_SCALARS = {"boolean": ("bool", 4), "integer": ("int", 1), "number": ("double", 1)}


@dataclass(frozen=True)
class DeclType:
    """A CEL type, with the most elements it can have and the fewest bytes it takes as JSON."""

    kind: str
    max_elements: int = 0
    min_size: int = 0
    elem: DeclType | None = None
    key: DeclType | None = None
    fields: dict[str, DeclType] = field(default_factory=dict)
    bounded: bool = True
    """True if max_elements comes from the schema, not from the size of a request."""


DYN = DeclType("dyn")
BOOL, INT, DOUBLE = DeclType("bool", min_size=4), DeclType("int", min_size=1), DeclType("double", min_size=1)
STRING = DeclType("string", REQUEST_MAX - 2, 2, bounded=False)
_META = DeclType("object", 0, 2, fields={"name": STRING, "generateName": STRING})


def decl_type(schema: Schema, *, root: bool = False) -> DeclType | None:  # noqa: PLR0911 - by type
    """Return the CEL type of a schema; None if CEL does not see the value."""
    if schema.get(INT_OR_STRING):
        size = schema["maxLength"] * 4 if "maxLength" in schema else REQUEST_MAX - 2
        return DeclType("dyn", size, 1, bounded="maxLength" in schema)
    kind = schema.get("type")
    if kind == "array":
        return _list(schema)
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return _map(schema)
    if kind == "object":
        return _object(schema, root=root or bool(schema.get(EMBEDDED_RESOURCE)))
    if kind == "string":
        return _string(schema)
    if kind in _SCALARS:
        name, size = _SCALARS[kind]
        return DeclType(name, 0, size)
    return None


def _list(schema: Schema) -> DeclType | None:
    items = decl_type(schema.get("items", {}))
    if items is None:
        return None
    bounded = "maxItems" in schema
    most = schema["maxItems"] if bounded else (REQUEST_MAX - 2) // (items.min_size + 1)
    return DeclType("list", most, 2, elem=items, bounded=bounded)


def _map(schema: Schema) -> DeclType | None:
    values = decl_type(schema["additionalProperties"])
    if values is None:
        return None
    bounded = "maxProperties" in schema
    most = schema["maxProperties"] if bounded else (REQUEST_MAX - 2) // (values.min_size + 6)
    # CEL knows no bound of a key's length, and counts it as 0.
    return DeclType("map", most, 2, elem=values, key=DeclType("string"), bounded=bounded)


def _object(schema: Schema, *, root: bool) -> DeclType:
    fields: dict[str, DeclType] = {}
    size = 2
    for name, inner in schema.get("properties", {}).items():
        kind = decl_type(inner)
        if kind is None:
            continue
        with contextlib.suppress(ValueError):
            fields[escape(name)] = kind
        if name in schema.get("required", ()) and "default" not in inner:
            size += len(name) + kind.min_size + 4
    if root:
        fields |= {"kind": STRING, "apiVersion": STRING, "metadata": _META}
    return DeclType("object", 0, size, fields=fields)


def _string(schema: Schema) -> DeclType:
    text_format = schema.get("format", "")
    kind = _FORMAT_KIND.get(text_format, "string")
    smallest = _FORMAT_MIN.get(text_format, 2)
    if kind == "bytes":
        return DeclType(kind, schema.get("maxLength", REQUEST_MAX - 2), 2, bounded="maxLength" in schema)
    if text_format in _FORMAT_MAX:
        return DeclType(kind, _FORMAT_MAX[text_format], smallest)
    if "maxLength" in schema:
        return DeclType(kind, schema["maxLength"] * 4, smallest)
    if schema.get("enum"):
        return DeclType(kind, max(len(value.encode()) for value in schema["enum"]), smallest)
    return STRING
