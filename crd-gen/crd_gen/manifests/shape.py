"""The parts that a definition must have before it can be compared or checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crd_gen.errors import ProjectError

V1 = "apiextensions.k8s.io/v1"
_STRINGS = ("group", "scope")
_FIELDS: dict[str, type] = {"name": str, "served": bool, "storage": bool, "schema": dict}
_WORDS = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
_SCHEMAS = ("items", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_SIZES = ("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties")
_NUMBERS = ("maximum", "minimum", "multipleOf")
_FLAGS = (
    *("nullable", "uniqueItems", "exclusiveMaximum", "exclusiveMinimum"),
    *("x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource"),
)
_TYPES: dict[str, type] = {
    **dict.fromkeys(_FLAGS, bool),
    "properties": dict,
    **dict.fromkeys(("required", "enum", "x-kubernetes-list-map-keys", "x-kubernetes-validations"), list),
    **dict.fromkeys(("type", "format", "pattern", "description", "x-kubernetes-list-type"), str),
}


def check_shape(document: dict[str, Any], name: str) -> None:
    """Raise ProjectError with the file and everything that a definition lacks."""
    if document.get("apiVersion", V1) != V1:
        raise ProjectError(
            f"{name}: is {document['apiVersion']}, which Kubernetes 1.22 and later do not serve:"
            f" write it as {V1}"
        )
    if problems := list(_problems(document)):
        raise ProjectError(f"{name}: is no {V1} definition: {'; '.join(problems)}")


def _problems(document: dict[str, Any]) -> Iterator[str]:
    metadata, spec = document.get("metadata"), document.get("spec")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        yield "it has no metadata.name"
    if not isinstance(spec, dict):
        yield "it has no spec"
        return
    for word in _STRINGS:
        if not isinstance(spec.get(word), str):
            yield f"it has no spec.{word}"
    names = spec.get("names")
    for word in ("kind", "plural"):
        if not isinstance(names, dict) or not isinstance(names.get(word), str):
            yield f"it has no spec.names.{word}"
    versions = spec.get("versions")
    if not isinstance(versions, list) or not versions:
        yield "it has no spec.versions"
        return
    for number, version in enumerate(versions):
        yield from _version(version, f"spec.versions[{number}]")


def _version(version: Any, path: str) -> Iterator[str]:
    if not isinstance(version, dict):
        yield f"{path} is {version!r}, expected an object"
        return
    for word, kind in _FIELDS.items():
        if not isinstance(version.get(word), kind):
            yield f"{path} has no {word}" if word not in version else f"{path}.{word} is not {_WORDS[kind]}"
    for word in ("additionalPrinterColumns", "selectableFields"):
        if not _is_list_of_objects(version.get(word)):
            yield f"{path}.{word} is no list of objects"
    schema = version.get("schema")
    if isinstance(schema, dict):
        root = schema.get("openAPIV3Schema")
        if isinstance(root, dict):
            yield from _schema(root, f"{path}.schema.openAPIV3Schema")
        else:
            yield f"{path} has no schema.openAPIV3Schema"


def _is_list_of_objects(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(item, dict) for item in value))


def _schema(schema: Any, path: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{path} is {schema!r}, expected an object"
        return
    for word, kind in _TYPES.items():
        if schema.get(word) is not None and not isinstance(schema[word], kind):
            yield f"{path}.{word} is {schema[word]!r}, expected {_WORDS[kind]}"
    for word in (*_SIZES, *_NUMBERS):
        if schema.get(word) is not None and not _is_number(schema[word], whole=word in _SIZES):
            yield f"{path}.{word} is {schema[word]!r}, expected a number"
    rules = schema.get("x-kubernetes-validations")
    if isinstance(rules, list) and not all(_is_rule(rule) for rule in rules):
        yield f"{path}.x-kubernetes-validations has an entry without a rule"
    for word, inner in schema.items():
        if inner is not None:
            yield from _children(word, inner, f"{path}.{word}")


def _is_number(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return not whole or float(value).is_integer()


def _is_rule(rule: Any) -> bool:
    return isinstance(rule, dict) and isinstance(rule.get("rule"), str)


def _children(word: str, inner: Any, path: str) -> Iterator[str]:
    if word == "properties" and isinstance(inner, dict):
        for key, child in inner.items():
            yield from _schema(child, f"{path}.{key}")
    elif word in _SCHEMAS or (word == "additionalProperties" and not isinstance(inner, bool)):
        yield from _schema(inner, path)
    elif word in _LISTS:
        for number, child in enumerate(inner if isinstance(inner, list) else [inner]):
            yield from _schema(child, f"{path}[{number}]")
