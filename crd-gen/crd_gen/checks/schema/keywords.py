"""The supported keywords and the types of their values (V; JSONSchemaProps in types_jsonschema.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node

Kinds = tuple[type, ...]
NUMBER: Kinds = (int, float)

KNOWN: dict[str, Kinds] = {
    "description": (str,),
    "type": (str,),
    "format": (str,),
    "title": (str,),
    "default": (object,),
    "maximum": NUMBER,
    "exclusiveMaximum": (bool,),
    "minimum": NUMBER,
    "exclusiveMinimum": (bool,),
    "maxLength": (int,),
    "minLength": (int,),
    "pattern": (str,),
    "maxItems": (int,),
    "minItems": (int,),
    "uniqueItems": (bool,),
    "multipleOf": NUMBER,
    "enum": (list,),
    "maxProperties": (int,),
    "minProperties": (int,),
    "required": (list,),
    "items": (dict,),
    "allOf": (list,),
    "oneOf": (list,),
    "anyOf": (list,),
    "not": (dict,),
    "properties": (dict,),
    "additionalProperties": (dict, bool),
    "externalDocs": (dict,),
    "example": (object,),
    "nullable": (bool,),
    "x-kubernetes-preserve-unknown-fields": (bool,),
    "x-kubernetes-embedded-resource": (bool,),
    "x-kubernetes-int-or-string": (bool,),
    "x-kubernetes-list-map-keys": (list,),
    "x-kubernetes-list-type": (str,),
    "x-kubernetes-map-type": (str,),
    "x-kubernetes-validations": (list,),
}
FORBIDDEN = ("$ref", "id", "$schema", "definitions", "dependencies", "patternProperties", "additionalItems")
TYPES = ("object", "array", "string", "integer", "number", "boolean")

# With a status subresource, the root may have only these, as status is validated on its own.
AT_ROOT = {
    *("description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum"),
    *("exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems"),
    *("multipleOf", "required", "items", "properties", "externalDocs", "example"),
    *("x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"),
}

NOT_IN_JUNCTORS = {
    *("type", "default", "title", "description", "nullable", "additionalProperties"),
    *(word for word in KNOWN if word.startswith("x-kubernetes-")),
}


def check(node: Node) -> Iterator[Finding]:
    """Check the keywords of a node."""
    for word, value in node.schema.items():
        if problem := _word(word, value):
            yield Finding(node.path, problem)
    if node.junctor:
        yield from _junctor(node)


def at_root(schema: dict[str, Any]) -> Iterator[Finding]:
    """Check the root of a kind with a status subresource (V, allowedFieldsAtRootSchema)."""
    for word in sorted(schema.keys() - AT_ROOT):
        yield Finding("", f"{word} is not allowed at the root of a kind with a status subresource")


def _word(word: str, value: Any) -> str:  # noqa: PLR0911 - one line for each rule
    if word in FORBIDDEN:
        return f"{word} is not supported in a definition"
    if word not in KNOWN:
        return f"{word} is not a field of JSONSchemaProps: the server rejects or ignores it"
    kinds = KNOWN[word]
    if isinstance(value, bool) and bool not in kinds and object not in kinds:
        return f"{word} must not be a boolean"
    if not isinstance(value, kinds):
        return f"{word} must be {' or '.join(kind.__name__ for kind in kinds)}, not {value!r}"
    if word == "uniqueItems" and value:
        return "uniqueItems cannot be true, since its cost is quadratic: use list type set"
    if word == "x-kubernetes-preserve-unknown-fields" and not value:
        return f"{word} must be true or unset"
    if word == "type" and value not in TYPES:
        return f"type must be one of {', '.join(TYPES)}, not {value!r}"
    return ""


def _junctor(node: Node) -> Iterator[Finding]:
    """Check a node within allOf, anyOf, oneOf or not, which may only restrict values (SV, SC)."""
    if _is_int_or_string_branch(node):
        return
    for word in sorted(node.schema.keys() & NOT_IN_JUNCTORS):
        yield Finding(node.path, f"{word} is not allowed within {node.junctor}: set it on the field itself")
    if "metadata" in node.schema.get("properties", {}):
        yield Finding(node.path, f"metadata is not allowed within {node.junctor}")
    if node.declaration is None:
        yield Finding(node.path, f"is restricted within {node.junctor} but not declared outside of it")


def _is_int_or_string_branch(node: Node) -> bool:
    declaration = node.declaration or {}
    branches = [{"type": "integer"}, {"type": "string"}]
    first = (declaration.get("allOf") or [{}])[0]
    return (
        bool(declaration.get("x-kubernetes-int-or-string"))
        and node.schema in branches
        and (declaration.get("anyOf") == branches or first.get("anyOf") == branches)
    )
