"""The nodes of a schema, each with what the rules must know of its surroundings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

Schema = dict[str, Any]
JUNCTORS = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class Node:
    """A place in a schema.

    kind tells how the parent holds it; junctor whether it stands below allOf, anyOf, oneOf or
    not, and spine then is the node outside of them that it speaks of. uncorrelatable is the path
    of the ancestor that keeps oldSelf from having a meaning here. under_map tells that a key of
    additionalProperties is on the way, in_metadata that an object's metadata is.
    """

    schema: Schema
    path: str = ""
    kind: Literal["root", "field", "items", "values"] = "root"
    junctor: str = ""
    spine: Schema | None = None
    uncorrelatable: str = ""
    under_map: bool = False
    in_metadata: bool = False


def walk(node: Node) -> Iterator[Node]:
    """Give a node and all below it, parents first, properties in the order of their names."""
    yield node
    schema = node.schema
    yield from _fields(node)
    if isinstance(schema.get("items"), dict):
        yield from walk(_items(node))
    if isinstance(schema.get("additionalProperties"), dict):
        below = _spine(node, "additionalProperties")
        inner = schema["additionalProperties"]
        path = f"{node.path}{{}}"
        yield from walk(replace(node, schema=inner, path=path, kind="values", spine=below, under_map=True))
    for word in JUNCTORS:
        for number, inner in enumerate(schema.get(word, ())):
            yield from walk(_branch(node, inner, f"{word}[{number}]"))
    if isinstance(schema.get("not"), dict):
        yield from walk(_branch(node, schema["not"], "not"))


def _fields(node: Node) -> Iterator[Node]:
    resource = node.kind == "root" or node.schema.get("x-kubernetes-embedded-resource")
    for name, inner in sorted(node.schema.get("properties", {}).items()):
        spine = None
        if node.junctor:
            spine = (node.spine or {}).get("properties", {}).get(name)
        path = f"{node.path}.{name}" if node.path else name
        metadata = node.in_metadata or bool(resource and name == "metadata")
        yield from walk(
            replace(node, schema=inner, path=path, kind="field", spine=spine, in_metadata=metadata)
        )


def _items(node: Node) -> Node:
    uncorrelatable = node.uncorrelatable
    if node.schema.get("x-kubernetes-list-type") != "map":
        uncorrelatable = uncorrelatable or node.path
    return replace(
        node,
        schema=node.schema["items"],
        path=f"{node.path}[]",
        kind="items",
        spine=_spine(node, "items"),
        uncorrelatable=uncorrelatable,
    )


def _spine(node: Node, word: str) -> Schema | None:
    below = (node.spine or {}).get(word) if node.junctor else None
    return below if isinstance(below, dict) else None


def _branch(node: Node, inner: Schema, word: str) -> Node:
    spine = node.spine if node.junctor else node.schema
    return replace(node, schema=inner, junctor=f"{node.junctor}.{word}".lstrip("."), spine=spine)
