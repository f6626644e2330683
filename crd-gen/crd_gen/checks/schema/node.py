"""The nodes of a schema, each with the context that the checks need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from crd_gen.keywords import EMBEDDED_RESOURCE, LIST_TYPE, Schema

JUNCTORS = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class Node:
    """A schema within another.

    kind is the relation to the parent. junctor is the path of the allOf, anyOf, oneOf or not that contains
    the node, and declaration the node outside of it that it restricts. uncorrelatable is the path of the
    ancestor whose items have no identity, so that oldSelf is undefined here. under_map and in_metadata are
    set below additionalProperties and within the metadata of an object.
    """

    schema: Schema
    path: str = ""
    kind: Literal["root", "field", "items", "values"] = "root"
    junctor: str = ""
    declaration: Schema | None = None
    uncorrelatable: str = ""
    under_map: bool = False
    in_metadata: bool = False


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all its descendants, parents first and properties sorted by name."""
    yield node
    schema = node.schema
    yield from _fields(node)
    if isinstance(schema.get("items"), dict):
        yield from walk(_items(node))
    if isinstance(schema.get("additionalProperties"), dict):
        below = _declared_child(node, "additionalProperties")
        inner = schema["additionalProperties"]
        path = f"{node.path}{{}}"
        yield from walk(
            replace(node, schema=inner, path=path, kind="values", declaration=below, under_map=True)
        )
    for word in JUNCTORS:
        for number, inner in enumerate(schema.get(word, ())):
            yield from walk(_branch(node, inner, f"{word}[{number}]"))
    if isinstance(schema.get("not"), dict):
        yield from walk(_branch(node, schema["not"], "not"))


def _fields(node: Node) -> Iterator[Node]:
    resource = node.kind == "root" or node.schema.get(EMBEDDED_RESOURCE)
    for name, inner in sorted(node.schema.get("properties", {}).items()):
        declaration = None
        if node.junctor:
            declaration = (node.declaration or {}).get("properties", {}).get(name)
        path = f"{node.path}.{name}" if node.path else name
        metadata = node.in_metadata or bool(resource and name == "metadata")
        yield from walk(
            replace(
                node, schema=inner, path=path, kind="field", declaration=declaration, in_metadata=metadata
            )
        )


def _items(node: Node) -> Node:
    uncorrelatable = node.uncorrelatable
    if node.schema.get(LIST_TYPE) != "map":
        uncorrelatable = uncorrelatable or node.path
    return replace(
        node,
        schema=node.schema["items"],
        path=f"{node.path}[]",
        kind="items",
        declaration=_declared_child(node, "items"),
        uncorrelatable=uncorrelatable,
    )


def _declared_child(node: Node, word: str) -> Schema | None:
    below = (node.declaration or {}).get(word) if node.junctor else None
    return below if isinstance(below, dict) else None


def _branch(node: Node, inner: Schema, word: str) -> Node:
    declaration = node.declaration if node.junctor else node.schema
    return replace(node, schema=inner, junctor=f"{node.junctor}.{word}".lstrip("."), declaration=declaration)
