"""The conditions for a schema to be structural (SV)."""

from __future__ import annotations

from collections.abc import Iterator

from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node
from crd_gen.formats import regex
from crd_gen.keywords import EMBEDDED_RESOURCE, INT_OR_STRING, PRESERVE_UNKNOWN


def check(node: Node) -> Iterator[Finding]:
    """Check a node that is not within allOf, anyOf, oneOf or not; and its pattern."""
    if not node.junctor:
        for rule in (_types, _root, _objects, _embedded, _meta):
            for problem in rule(node):
                yield Finding(node.path, problem)
    pattern = node.schema.get("pattern", "")
    if reason := regex.problem(pattern):
        yield Finding(node.path, f"pattern {pattern!r} does not compile in Go: {reason}")


def _types(node: Node) -> Iterator[str]:
    schema = node.schema
    if not (schema.get("type") or schema.get(INT_OR_STRING) or schema.get(PRESERVE_UNKNOWN)):
        yield "has no type, nor int-or-string or preserve-unknown-fields"
    if schema.get("type") == "array" and "items" not in schema:
        yield "is an array without items"
    if schema.get(INT_OR_STRING) and schema.get(PRESERVE_UNKNOWN):
        yield "cannot be int-or-string and also preserve unknown fields"


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
        yield "has properties and additionalProperties, which are mutually exclusive"


def _embedded(node: Node) -> Iterator[str]:
    schema = node.schema
    if not schema.get(EMBEDDED_RESOURCE):
        return
    if schema.get("type") != "object":
        yield "is an embedded resource, so it must be an object"
    if not (schema.get("properties") or schema.get(PRESERVE_UNKNOWN)):
        yield "is an embedded resource, so it needs properties or must preserve unknown fields"
    if "additionalProperties" in schema:
        yield "is an embedded resource and cannot have additionalProperties"
    if schema.get(INT_OR_STRING):
        yield "cannot be an embedded resource and int-or-string"
    if node.in_metadata:
        yield "is an embedded resource within metadata"


def _meta(node: Node) -> Iterator[str]:
    """Check metadata, kind and apiVersion of a complete object, which the server owns."""
    schema = node.schema
    if node.kind != "root" and not schema.get(EMBEDDED_RESOURCE):
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
