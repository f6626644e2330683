"""JSON Schemas (draft 7) for completion and validation of YAML in editors."""

from __future__ import annotations

import json

from crd_gen.keywords import INT_OR_STRING, PRESERVE_UNKNOWN, VALIDATIONS, Schema

COPIED = (
    *("description", "title", "enum", "default", "pattern", "minLength", "maxLength", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "multipleOf", "required"),
)
FORMATS = {"date", "date-time", "uri", "email", "hostname", "ipv4", "ipv6", "uuid"}


def editor_schema(definition: Schema, version: Schema) -> str:
    """Return the JSON Schema of a version's objects; fields that the server would prune are errors."""
    spec = definition["spec"]
    schema = _node(version["schema"]["openAPIV3Schema"])
    schema["$schema"] = "http://json-schema.org/draft-07/schema#"
    schema["title"] = f"{spec['names']['kind']} ({spec['group']}/{version['name']})"
    schema["properties"] |= {
        "apiVersion": {"const": f"{spec['group']}/{version['name']}"},
        "kind": {"const": spec["names"]["kind"]},
        "metadata": {"type": "object"},
    }
    schema["required"] = ["apiVersion", "kind", "metadata", *schema.get("required", ())]
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _node(schema: Schema) -> Schema:
    result = {word: schema[word] for word in COPIED if word in schema}
    if kind := _type(schema):
        result["type"] = kind
    if schema.get("format") in FORMATS:
        result["format"] = schema["format"]
    result |= _bounds(schema)
    if "properties" in schema:
        result["properties"] = {name: _node(inner) for name, inner in schema["properties"].items()}
        result["additionalProperties"] = bool(schema.get(PRESERVE_UNKNOWN))
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = _node(schema["additionalProperties"])
    if isinstance(schema.get("items"), dict):
        result["items"] = _node(schema["items"])
    if rules := [rule["message"] for rule in schema.get(VALIDATIONS, ()) if rule.get("message")]:
        said = " ".join(f"Rule: {message}." for message in dict.fromkeys(rules))
        result["description"] = f"{result.get('description', '')} {said}".strip()
    return result


def _type(schema: Schema) -> str | list[str]:
    kinds = ["integer", "string"] if schema.get(INT_OR_STRING) else [schema.get("type", "")]
    kinds = [kind for kind in kinds if kind]
    # Only a nullable field stores null.
    if kinds and schema.get("nullable"):
        kinds.append("null")
    return kinds[0] if len(kinds) == 1 else kinds


def _bounds(schema: Schema) -> Schema:
    result: Schema = {}
    for word, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if word in schema:
            result[exclusive if schema.get(exclusive) else word] = schema[word]
    return result
