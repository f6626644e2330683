"""JSON Schema (draft 7) of a version, for editors that complete and check YAML while it is written."""

from __future__ import annotations

import json
from typing import Any

Schema = dict[str, Any]
COPIED = (
    *("description", "title", "enum", "default", "pattern", "minLength", "maxLength", "minItems", "maxItems"),
    *("minProperties", "maxProperties", "multipleOf", "required"),
)
FORMATS = {"date", "date-time", "uri", "email", "hostname", "ipv4", "ipv6", "uuid"}


def editor_schema(definition: Schema, version: Schema) -> str:
    """Write the schema of whole objects; unknown fields are marked where the server would drop them."""
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
    made = {word: schema[word] for word in COPIED if word in schema}
    if kind := _type(schema):
        made["type"] = kind
    if schema.get("format") in FORMATS:
        made["format"] = schema["format"]
    made |= _bounds(schema)
    if "properties" in schema:
        made["properties"] = {name: _node(inner) for name, inner in schema["properties"].items()}
        made["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _node(schema["additionalProperties"])
    if isinstance(schema.get("items"), dict):
        made["items"] = _node(schema["items"])
    if rules := [
        rule["message"] for rule in schema.get("x-kubernetes-validations", ()) if rule.get("message")
    ]:
        said = " ".join(f"Rule: {message}." for message in dict.fromkeys(rules))
        made["description"] = f"{made.get('description', '')} {said}".strip()
    return made


def _type(schema: Schema) -> str | list[str]:
    kinds = ["integer", "string"] if schema.get("x-kubernetes-int-or-string") else [schema.get("type", "")]
    kinds = [kind for kind in kinds if kind]
    # A null is dropped as if it were not there, unless it is a value.
    if kinds and schema.get("nullable"):
        kinds.append("null")
    return kinds[0] if len(kinds) == 1 else kinds


def _bounds(schema: Schema) -> Schema:
    made: Schema = {}
    for word, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if word in schema:
            made[exclusive if schema.get(exclusive) else word] = schema[word]
    return made
