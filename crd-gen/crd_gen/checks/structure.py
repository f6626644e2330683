"""What makes a schema structural (SV), object by object."""

from __future__ import annotations

from collections.abc import Iterator

from crd_gen import regex
from crd_gen.checks.finding import Finding
from crd_gen.checks.node import Node

INT_OR_STRING = "x-kubernetes-int-or-string"
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"


def check(node: Node) -> Iterator[Finding]:
    """Check the shape of one node outside of logic."""
    if not node.junctor:
        for rule in (_types, _root, _objects, _embedded, _meta):
            for problem in rule(node):
                yield Finding(node.path, problem)
    pattern = node.schema.get("pattern", "")
    if fault := regex.problem(pattern):
        yield Finding(node.path, f"pattern {pattern!r} does not compile in Go: {fault}")


def _types(node: Node) -> Iterator[str]:
    schema = node.schema
    if not (schema.get("type") or schema.get(INT_OR_STRING) or schema.get(PRESERVE)):
        yield "has no type: only int-or-string and preserve-unknown-fields may do without"
    if schema.get("type") == "array" and "items" not in schema:
        yield "is an array without items"
    if schema.get(INT_OR_STRING) and schema.get(PRESERVE):
        yield "cannot be int-or-string and preserve unknown fields"
    if schema.get(INT_OR_STRING) and schema.get("type"):
        yield "cannot be int-or-string and have a type"


def _root(node: Node) -> Iterator[str]:
    schema = node.schema
    if node.kind != "root":
        return
    if schema.get("type") != "object":
        yield "must be an object"
    if "additionalProperties" in schema:
        yield "cannot have additionalProperties"
    if schema.get("nullable"):
        yield "cannot be nullable"


def _objects(node: Node) -> Iterator[str]:
    schema = node.schema
    if schema.get("properties") and schema.get("additionalProperties", True) is not True:
        yield "has properties and additionalProperties, which exclude each other"


def _embedded(node: Node) -> Iterator[str]:
    schema = node.schema
    if not schema.get(EMBEDDED):
        return
    if schema.get("type") != "object":
        yield "is an embedded resource, so it must be an object"
    if not (schema.get("properties") or schema.get(PRESERVE)):
        yield "is an embedded resource, so it needs properties or must preserve unknown fields"
    if "additionalProperties" in schema:
        yield "is an embedded resource and cannot have additionalProperties"
    if schema.get(INT_OR_STRING):
        yield "cannot be an embedded resource and int-or-string"
    if node.in_metadata:
        yield "is an embedded resource inside of metadata"


def _meta(node: Node) -> Iterator[str]:
    """Metadata, kind and apiVersion of a whole object belong to the server."""
    schema = node.schema
    if node.kind != "root" and not schema.get(EMBEDDED):
        return
    properties = schema.get("properties", {})
    for name in ("kind", "apiVersion"):
        if name in properties and properties[name].get("type") != "string":
            yield f"{name} must be a string"
    metadata = properties.get("metadata")
    if metadata is None:
        return
    if metadata.get("type") != "object":
        yield "metadata must be an object"
    if node.kind == "root":
        extra = metadata.keys() - {"type", "properties", "description"}
        if extra or metadata.get("properties", {}).keys() - {"name", "generateName"}:
            yield "metadata can restrict only name and generateName"
