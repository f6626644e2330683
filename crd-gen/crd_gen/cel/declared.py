"""What CEL knows of a schema (apiserver, pkg/cel/common/schemas.go, pkg/cel/types.go)."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

from crd_gen.cel.names import escape

REQUEST_MAX = 3 * 1024 * 1024
"""Bytes of a request that the cost model reckons with (apiserver, pkg/apis/cel/config.go)."""

Schema = dict[str, Any]
_FORMAT_MAX = {"duration": 32, "date": 12, "date-time": 32}
_FORMAT_MIN = {"duration": 3, "date": 12, "date-time": 21}
_FORMAT_KIND = {"duration": "duration", "date": "timestamp", "date-time": "timestamp", "byte": "bytes"}
_SCALARS = {"boolean": ("bool", 4), "integer": ("int", 1), "number": ("double", 1)}


@dataclass(frozen=True)
class Declared:
    """A type: its kind, the most elements it can have, the fewest bytes it takes as JSON."""

    kind: str
    max_elements: int = 0
    min_size: int = 0
    elem: Declared | None = None
    key: Declared | None = None
    fields: dict[str, Declared] = field(default_factory=dict)
    bounded: bool = True
    """Whether max_elements comes from the schema, not from the size of a request."""


DYN = Declared("dyn")
BOOL, INT, DOUBLE = Declared("bool", min_size=4), Declared("int", min_size=1), Declared("double", min_size=1)
STRING = Declared("string", REQUEST_MAX - 2, 2, bounded=False)
_META = Declared("object", 0, 2, fields={"name": STRING, "generateName": STRING})


def declared(schema: Schema, *, root: bool = False) -> Declared | None:  # noqa: PLR0911 - by type
    """Read a schema as CEL sees it; None where CEL sees nothing."""
    if schema.get("x-kubernetes-int-or-string"):
        size = schema["maxLength"] * 4 if "maxLength" in schema else REQUEST_MAX - 2
        return Declared("dyn", size, 1, bounded="maxLength" in schema)
    kind = schema.get("type")
    if kind == "array":
        return _list(schema)
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return _map(schema)
    if kind == "object":
        return _object(schema, root=root or bool(schema.get("x-kubernetes-embedded-resource")))
    if kind == "string":
        return _string(schema)
    if kind in _SCALARS:
        name, size = _SCALARS[kind]
        return Declared(name, 0, size)
    return None


def _list(schema: Schema) -> Declared | None:
    items = declared(schema.get("items", {}))
    if items is None:
        return None
    bounded = "maxItems" in schema
    most = schema["maxItems"] if bounded else (REQUEST_MAX - 2) // (items.min_size + 1)
    return Declared("list", most, 2, elem=items, bounded=bounded)


def _map(schema: Schema) -> Declared | None:
    values = declared(schema["additionalProperties"])
    if values is None:
        return None
    bounded = "maxProperties" in schema
    most = schema["maxProperties"] if bounded else (REQUEST_MAX - 2) // (values.min_size + 6)
    # A key's length has no bound that CEL knows, and counts as nothing.
    return Declared("map", most, 2, elem=values, key=Declared("string"), bounded=bounded)


def _object(schema: Schema, *, root: bool) -> Declared:
    fields: dict[str, Declared] = {}
    size = 2
    for name, inner in schema.get("properties", {}).items():
        kind = declared(inner)
        if kind is None:
            continue
        with contextlib.suppress(ValueError):
            fields[escape(name)] = kind
        if name in schema.get("required", ()) and "default" not in inner:
            size += len(name) + kind.min_size + 4
    if root:
        fields |= {"kind": STRING, "apiVersion": STRING, "metadata": _META}
    return Declared("object", 0, size, fields=fields)


def _string(schema: Schema) -> Declared:
    text_format = schema.get("format", "")
    kind = _FORMAT_KIND.get(text_format, "string")
    smallest = _FORMAT_MIN.get(text_format, 2)
    if kind == "bytes":
        return Declared(kind, schema.get("maxLength", REQUEST_MAX - 2), 2, bounded="maxLength" in schema)
    if text_format in _FORMAT_MAX:
        return Declared(kind, _FORMAT_MAX[text_format], smallest)
    if "maxLength" in schema:
        return Declared(kind, schema["maxLength"] * 4, smallest)
    if schema.get("enum"):
        return Declared(kind, max(len(value.encode()) for value in schema["enum"]), smallest)
    return STRING
