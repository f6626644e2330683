"""Definitions in one form, so that two that mean the same are equal.

The API server's defaults are filled in, what it leaves out is left out, and value validations are regrouped:
`allOf` into the schema around it, an `anyOf` of one branch, an integer's exclusive bounds.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from crd_gen.keywords import EMBEDDED_RESOURCE, INT_OR_STRING, PRESERVE_UNKNOWN, SERVER_FIELDS, Schema
from crd_gen.manifests.defaulting import with_defaults
from crd_gen.manifests.ineffective import drop_ineffective
from crd_gen.manifests.json_path import normalize_path

FLAGS = (
    *("nullable", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems"),
    *(PRESERVE_UNKNOWN, EMBEDDED_RESOURCE, INT_OR_STRING),
)
EMPTY: tuple[Any, ...] = ("", [], {})
BRANCHES = ("allOf", "anyOf", "oneOf")
EITHER = ({"type": "integer"}, {"type": "string"})
NOT_RATCHETED = "not ratcheted"
"""Marks a schema with validations from an allOf, which the server does not ratchet."""

_LOWER = ("minimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")
_VALUES = ("default", "example", "enum")


def normalize(definition: dict[str, Any]) -> dict[str, Any]:
    """Return the spec of a definition as the API server stores it, in one form."""
    spec = {**_filled(definition["spec"]), "names": _names(definition["spec"]["names"])}
    spec["conversion"] = _conversion(spec.get("conversion"))
    spec["versions"] = [_version(version) for version in spec["versions"]]
    return spec


def completed(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with the defaults of the API server and without nulls; its schemas stay."""
    spec = {**_without_nulls(definition["spec"]), "names": _names(definition["spec"]["names"])}
    return {**definition, "spec": spec}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        word: inner if word in _VALUES else _without_nulls(inner)
        for word, inner in value.items()
        if inner is not None or word in _VALUES
    }


def _names(names: dict[str, Any]) -> dict[str, Any]:
    kind = names["kind"]
    return {"singular": kind.lower(), "listKind": f"{kind}List", **_filled(names)}


def _conversion(conversion: dict[str, Any] | None) -> dict[str, Any]:
    conversion = _filled(conversion or {"strategy": "None"})
    webhook = _filled(conversion.get("webhook") or {})
    config = _filled(webhook.get("clientConfig") or {})
    if "service" in config:
        config["service"] = {"port": 443, **_filled(config["service"])}
    return {**conversion, "webhook": {**webhook, "clientConfig": config}} if webhook else conversion


def _version(version: dict[str, Any]) -> dict[str, Any]:
    found = _filled(version)
    subresources = {
        word: value for word, value in (version.get("subresources") or {}).items() if value is not None
    }
    columns = [_column(column) for column in version.get("additionalPrinterColumns") or ()]
    return {
        **found,
        "subresources": subresources,
        "additionalPrinterColumns": columns,
        "schema": {"openAPIV3Schema": _root(normalize_schema(version["schema"]["openAPIV3Schema"]))},
    }


def _column(column: dict[str, Any]) -> dict[str, Any]:
    found = {**_filled(column), "jsonPath": normalize_path(column.get("jsonPath", ""))}
    return {word: value for word, value in found.items() if (word, value) != ("priority", 0)}


def _root(schema: Schema) -> Schema:
    """Return the schema of an object without what the server itself says of every object."""
    properties = dict(schema.get("properties", {}))
    for name, kind in (("apiVersion", "string"), ("kind", "string"), ("metadata", "object")):
        if properties.get(name, {}).keys() <= {"type", "description"}:
            properties[name] = {"type": kind}
    # Every object has a name, which a schema can restrict.
    metadata, text = properties["metadata"], {"type": "string"}
    named = {"name": text, "generateName": text, **metadata.get("properties", {})}
    properties["metadata"] = {**metadata, "properties": named}
    required = [name for name in schema.get("required", ()) if name not in SERVER_FIELDS]
    rest = {word: value for word, value in schema.items() if word not in ("properties", "required")}
    return {**rest, "properties": properties, **({"required": required} if required else {})}


def _filled(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object without the fields that say nothing."""
    return {word: inner for word, inner in value.items() if inner is not None and inner not in EMPTY}


def normalize_schema(schema: Schema) -> Schema:
    """Return a schema in one form."""
    found = {word: value for word, value in schema.items() if word in _VALUES or not _is_void(word, value)}
    if found.get("enum") in ([], None):
        found.pop("enum", None)
    if found.get("default", ...) is None:
        del found["default"]
    for word in (*_LOWER, *_UPPER, "multipleOf"):
        if isinstance(found.get(word), float) and found[word].is_integer():
            found[word] = int(found[word])
    if "required" in found:
        found["required"] = sorted(set(found["required"]))
    if found.get("additionalProperties") == {}:
        found["additionalProperties"] = True
    _children(found, normalize_schema)
    if found.get(INT_OR_STRING):
        _drop_either(found)
    _regroup(found)
    if found.get("type") == "integer":
        _inclusive(found)
    if "default" in found:
        found["default"] = with_defaults(found["default"], found)
    drop_ineffective(found)
    return found


def _is_void(word: str, value: Any) -> bool:
    """Return True for a keyword that says nothing; an empty schema says that there is anything."""
    if word in ("items", "additionalProperties", "not"):
        return value is None or value is False
    is_lowest = word in ("minLength", "minItems", "minProperties") and value == 0
    return value is None or value in EMPTY or (word in FLAGS and not value) or is_lowest


def _children(schema: Schema, change: Callable[[Schema], Schema]) -> None:
    if "properties" in schema:
        schema["properties"] = {name: change(inner) for name, inner in schema["properties"].items()}
    for word in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(word), dict):
            schema[word] = change(schema[word])
    for word in BRANCHES:
        if word in schema:
            schema[word] = [change(inner) for inner in schema[word]]


def _drop_either(schema: Schema) -> None:
    """Drop `anyOf: [{type: integer}, {type: string}]`, which int-or-string says already."""
    if _is_either(schema.get("anyOf")):
        del schema["anyOf"]
    branches = [
        branch
        for branch in schema.pop("allOf", ())
        if not (branch.keys() == {"anyOf"} and _is_either(branch["anyOf"]))
    ]
    if branches:
        schema["allOf"] = branches


def _is_either(branches: Any) -> bool:
    return (
        isinstance(branches, list) and len(branches) == len(EITHER) and all(one in branches for one in EITHER)
    )


def _regroup(schema: Schema) -> None:
    """Merge the branches that every value has to satisfy into the schema; sort the others."""
    pending = list(schema.pop("allOf", ()))
    rest: list[Schema] = []
    for word in ("anyOf", "oneOf"):
        branches = _flat(schema.pop(word, []), word)
        if len(branches) == 1:
            pending += branches
        elif branches and not (word == "anyOf" and {} in branches):
            schema[word] = branches
    while pending:
        branch = pending.pop(0)
        pending += branch.pop("allOf", ()) if "allOf" in branch else ()
        before = dict(schema)
        if left := _merge(schema, branch):
            rest.append(left)
        if schema != before:
            schema[NOT_RATCHETED] = True
    if rest:
        schema["allOf"] = _sorted(rest)
    if (
        "anyOf" in schema
        and all(branch.keys() == {"enum"} for branch in schema["anyOf"])
        and "enum" not in schema
    ):
        values = [value for branch in schema.pop("anyOf") for value in branch["enum"]]
        schema["enum"] = [value for number, value in enumerate(values) if value not in values[:number]]


def _flat(branches: list[Schema], word: str) -> list[Schema]:
    """Return the distinct branches; an anyOf within an anyOf is one."""
    flat: list[Schema] = []
    for branch in branches:
        flat += _flat(branch["anyOf"], word) if word == "anyOf" and branch.keys() == {"anyOf"} else [branch]
    if word == "anyOf":
        flat = [branch for number, branch in enumerate(flat) if branch not in flat[:number]]
    return _sorted(flat)


def _sorted(branches: list[Schema]) -> list[Schema]:
    return sorted(branches, key=lambda branch: json.dumps(branch, sort_keys=True, default=str))


def _merge(schema: Schema, branch: Schema) -> Schema:
    """Add the validations of a branch to a schema; return those that it has another value for."""
    left: Schema = {}
    for word, value in branch.items():
        if word in ("minimum", "maximum"):
            _merge_range(schema, branch, word)
        elif word in _LOWER or word in _UPPER:
            schema[word] = (max if word in _LOWER else min)(value, schema.get(word, value))
        elif word == "required":
            schema[word] = sorted({*schema.get(word, ()), *value})
        elif word == "enum" and word in schema:
            schema[word] = [item for item in schema[word] if item in value]
        elif word in ("properties", "items"):
            left |= _merge_children(schema, word, value)
        elif word not in ("exclusiveMinimum", "exclusiveMaximum") and schema.setdefault(word, value) != value:
            left[word] = value
    return left


def _merge_children(schema: Schema, word: str, value: Schema) -> Schema:
    if word == "items":
        rest = _merge(schema["items"], dict(value)) if isinstance(schema.get("items"), dict) else value
        return {"items": rest} if rest else {}
    own = schema.get("properties", {})
    left = {name: _merge(own[name], dict(inner)) if name in own else inner for name, inner in value.items()}
    left = {name: rest for name, rest in left.items() if rest}
    return {"properties": left} if left else {}


def _merge_range(schema: Schema, branch: Schema, word: str) -> None:
    flag = f"exclusive{word.capitalize()}"
    sign = 1 if word == "minimum" else -1
    ours = (sign * schema[word], bool(schema.get(flag))) if word in schema else None
    theirs = (sign * branch[word], bool(branch.get(flag)))
    if ours is None or theirs > ours:
        schema[word] = branch[word]
        schema.pop(flag, None)
        if branch.get(flag):
            schema[flag] = True


def _inclusive(schema: Schema) -> None:
    """Write an integer's exclusive bound as the next inclusive one."""
    for word, flag, step in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        if schema.get(flag) and isinstance(schema.get(word), int):
            schema[word] += step
            del schema[flag]
