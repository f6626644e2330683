"""List types, map keys and map types (V)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node
from crd_gen.keywords import LIST_MAP_KEYS, LIST_TYPE, MAP_TYPE


def check(node: Node) -> Iterator[Finding]:
    """Check the list and map types of a node."""
    if not node.junctor:
        for problem in (*_map_type(node.schema), *_list_type(node.schema), *_keys(node.schema)):
            yield Finding(node.path, problem)


def _map_type(schema: dict[str, Any]) -> Iterator[str]:
    if MAP_TYPE in schema and schema.get("type") != "object":
        yield f"{MAP_TYPE} requires type object"
    if schema.get(MAP_TYPE, "atomic") not in ("atomic", "granular"):
        yield f"{MAP_TYPE} must be atomic or granular, not {schema[MAP_TYPE]!r}"


def _list_type(schema: dict[str, Any]) -> Iterator[str]:
    kind, items = schema.get(LIST_TYPE), schema.get("items", {})
    if kind is None:
        return
    if schema.get("type") != "array":
        yield f"{LIST_TYPE} requires type array"
    if kind not in ("atomic", "set", "map"):
        yield f"{LIST_TYPE} must be atomic, set or map, not {kind!r}"
    if kind in ("set", "map") and items.get("nullable"):
        yield f"items of a {kind} list cannot be nullable"
    if kind == "set" and items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
        yield "objects in a set list must be atomic maps"
    if kind == "set" and items.get("type") == "array" and items.get(LIST_TYPE, "atomic") != "atomic":
        yield "lists in a set list must be atomic"


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    kind, keys, items = schema.get(LIST_TYPE), schema.get(LIST_MAP_KEYS, []), schema.get("items", {})
    if keys and kind != "map":
        yield f"{LIST_MAP_KEYS} requires {LIST_TYPE}: map"
    if kind != "map":
        return
    if not keys:
        yield "a map list needs at least one key"
    if items.get("type") != "object":
        yield "items of a map list must be objects"
    if len(set(keys)) != len(keys):
        yield "a map list has duplicate keys"
    for key in keys:
        yield from _key(key, items)


def _key(key: str, items: dict[str, Any]) -> Iterator[str]:
    field = items.get("properties", {}).get(key)
    if field is None:
        yield f"key {key!r} is not a field of the items"
        return
    if field.get("type") in ("array", "object"):
        yield f"key {key!r} must be a scalar"
    if key not in items.get("required", ()) and "default" not in field:
        yield f"key {key!r} must be required or have a default"
    if field.get("nullable"):
        yield f"key {key!r} cannot be nullable"
