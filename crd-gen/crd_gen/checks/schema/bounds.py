"""Bounds that contradict each other or do not apply to their type. All are gaps."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from crd_gen.checks.finding import Finding
from crd_gen.checks.schema.node import Node
from crd_gen.checks.schema.values import problems
from crd_gen.keywords import EMBEDDED_RESOURCE, PRESERVE_UNKNOWN, SERVER_FIELDS

OWNERS = {
    "minLength": "string",
    "maxLength": "string",
    "pattern": "string",
    "minItems": "array",
    "maxItems": "array",
    "minProperties": "object",
    "maxProperties": "object",
    "minimum": "number",
    "maximum": "number",
    "multipleOf": "number",
}
PAIRS = (
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minimum", "maximum"),
)
SIZES = tuple(word for word, owner in OWNERS.items() if owner != "number" and word != "pattern")

FORMATS = {
    "string": {
        *(
            "bsonobjectid",
            "uri",
            "email",
            "hostname",
            "ipv4",
            "ipv6",
            "cidr",
            "mac",
            "uuid",
            "uuid3",
            "uuid4",
        ),
        *(
            "uuid5",
            "isbn",
            "isbn10",
            "isbn13",
            "creditcard",
            "ssn",
            "hexcolor",
            "rgbcolor",
            "byte",
            "password",
        ),
        *("date", "duration", "datetime", "k8sshortname", "k8slongname"),
    },
    "integer": {"int32", "int64"},
    "number": {"float", "double"},
}


def check(node: Node) -> Iterator[Finding]:
    """Check the bounds of a node."""
    for rule in (_fits_type, _pairs, _exact, _enum, _required, _format):
        for problem in rule(node):
            yield Finding(node.path, problem)


def _fits_type(node: Node) -> Iterator[str]:
    kind = node.schema.get("type")
    kinds = "number" if kind == "integer" else kind
    if not kind:
        return
    for word, owner in OWNERS.items():
        if word in node.schema and kinds != owner:
            yield f"{word} does not apply to type {kind}"


def _pairs(node: Node) -> Iterator[str]:
    schema = node.schema
    for low, high in PAIRS:
        if low in schema and high in schema and schema[low] > schema[high]:
            yield f"{low} {schema[low]} is greater than {high} {schema[high]}: no value is valid"
    for word in SIZES:
        if schema.get(word, 0) < 0:
            yield f"{word} must not be negative"
    if schema.get("multipleOf", 1) <= 0:
        yield "multipleOf must be greater than 0"
    for word, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(word) and bound not in schema:
            yield f"{word} has no effect without {bound}"


def _exact(node: Node) -> Iterator[str]:
    """Check that the server reads a bound exactly: as a float, and for integers from its shortest text."""
    kind, bits = node.schema.get("type"), 31 if node.schema.get("format") == "int32" else 63
    for word in ("minimum", "maximum", "multipleOf"):
        bound = node.schema.get(word)
        if bound is None or kind not in ("integer", "number"):
            continue
        read = Decimal(repr(float(bound)))
        if not -(2**bits) <= read < 2**bits:
            yield f"{word} {bound} is beyond {bits + 1} bits: the server rejects every whole number"
        elif kind == "integer" and (read != int(read) or int(float(bound)) != bound):
            yield f"{word} {bound} is not an integer that the server reads exactly: its bounds are floats"


def _enum(node: Node) -> Iterator[str]:
    values = node.schema.get("enum")
    if values is None:
        return
    if not values:
        yield "enum is empty: no value is valid"
    shape = {key: word for key, word in node.schema.items() if key in ("type", "nullable")}
    for value in values:
        for problem in problems(value, shape) if shape.get("type") not in ("object", "array") else ():
            yield f"enum: {problem}"
    if any(value in values[:number] for number, value in enumerate(values)):
        yield "enum has duplicate values"


def _required(node: Node) -> Iterator[str]:
    required = node.schema.get("required", [])
    known = (node.declaration if node.junctor else node.schema) or {}
    preserves = known.get(PRESERVE_UNKNOWN) or "additionalProperties" in known
    is_resource = not node.path or known.get(EMBEDDED_RESOURCE)
    for name in required:
        declared = name in known.get("properties", {}) or (is_resource and name in SERVER_FIELDS)
        if not declared and not preserves:
            yield f"required lists the unknown field {name!r}"
    if len(set(required)) != len(required):
        yield "required has duplicates"


def _format(node: Node) -> Iterator[str]:
    """Check that Kubernetes 1.34 and later know the format (F), whose dashes do not matter."""
    name, kind = node.schema.get("format"), node.schema.get("type")
    if name and name.replace("-", "") not in FORMATS.get(kind or "string", ()):
        yield f"unknown format {name!r} for type {kind}: the server ignores it"
