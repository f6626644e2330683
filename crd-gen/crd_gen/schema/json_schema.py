"""Pydantic's additions to a JSON Schema: title, examples, deprecated, json_schema_extra, WithJsonSchema.

What apiextensions/v1 has a field for is taken over; anything else is refused, since the server would not
store it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, WithJsonSchema
from pydantic.json_schema import Examples, SkipJsonSchema

from crd_gen.keywords import VALIDATIONS, Schema
from crd_gen.location import Location
from crd_gen.markers.base import Marker

DOCUMENTATION = ("title", "description", "example", "examples", "deprecated", "externalDocs")
INSTEAD = {
    **dict.fromkeys(("pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf"), "Field(...)"),
    **dict.fromkeys(("minItems", "maxItems", "minProperties", "maxProperties"), "Field(...)"),
    "default": "a default of the field",
    "enum": "Literal[...]",
    "const": "Literal[...]",
    "format": "Format(...), which pydantic checks too",
    "required": "a field without a default",
    "uniqueItems": "SetList()",
    "readOnly": "a sentence in the description, or the field in the status",
    "x-kubernetes-int-or-string": "Annotated[int | str, IntOrString()]",
    "x-kubernetes-embedded-resource": "EmbeddedResource()",
}


@dataclass(frozen=True)
class Extra(Marker):
    """Keywords that are added to a schema; origin is how they were written."""

    origin: str
    keywords: Mapping[str, Any] = field(hash=False)


def extras(core: Schema, at: Location, *, of_field: bool = False) -> Iterator[Marker]:
    """Yield the keywords that pydantic adds to a type, and report those that it replaces.

    The description of a field and its deprecation are left to FieldInfo, which has their full text.
    """
    metadata = core.get("metadata") or {}
    updates = metadata.get("pydantic_js_updates") or {}
    words = set(DOCUMENTATION) - ({"description", "deprecated"} if of_field else set())
    if updates := {word: value for word, value in updates.items() if word in words}:
        yield Extra("Field", updates)
    if extra := metadata.get("pydantic_js_extra"):
        yield from of_setting(extra, at)
    for function in metadata.get("pydantic_js_annotation_functions") or ():
        yield from _of_annotation(function, core, at)


def of_setting(extra: Mapping[str, Any] | Callable[..., Any], at: Location) -> Iterator[Extra]:
    """Yield the keywords of a json_schema_extra."""
    if isinstance(extra, Mapping):
        yield Extra("json_schema_extra", extra)
    else:
        at.refuse("json_schema_extra is a function, which can change any keyword", "a dict of keywords")


def of_model(model: type[BaseModel], at: Location) -> Iterator[Extra]:
    """Yield the keywords of a model's settings."""
    config = model.model_config
    if extra := config.get("json_schema_extra"):
        yield from of_setting(extra, at)
    generate = config.get("model_title_generator")
    if title := config.get("title") or (generate(model) if generate else ""):
        yield Extra("model_config", {"title": title})


def replacement(core: Schema) -> Schema | None:
    """Return the schema of a WithJsonSchema; None if a core schema has none."""
    functions = (core.get("metadata") or {}).get("pydantic_js_annotation_functions") or ()
    for function in functions:
        owner = getattr(function, "__self__", None)
        if isinstance(owner, WithJsonSchema) and owner.json_schema is not None:
            return dict(owner.json_schema)
    return None


def _of_annotation(function: Any, core: Schema, at: Location) -> Iterator[Extra]:
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Examples):
        examples: Any = owner.examples
        yield Extra("Examples", {"examples": examples})
    elif type(owner) is SkipJsonSchema:
        if core["type"] != "none":
            at.refuse(
                "SkipJsonSchema hides a type that the model accepts", "the types that a client may send"
            )
    elif not isinstance(owner, WithJsonSchema) and not type(owner).__module__.startswith("pydantic"):
        name = type(owner).__name__ if owner else function.__qualname__.partition(".")[0]
        at.refuse(
            f"{name} has a JSON schema of its own, __get_pydantic_json_schema__, which is not read",
            "crd_gen's markers, Field, or map_class(T, to=...)",
        )


def documented(schema: Schema, extra: Extra, at: Location) -> Schema:
    """Add documentation to a schema, report keywords that cannot be taken over, and return the others."""
    rest: Schema = {}
    for word, value in extra.keywords.items():
        if word in ("title", "description", "example", "externalDocs"):
            schema[word] = value
        elif word == "examples":
            _add_examples(schema, list(value.values() if isinstance(value, Mapping) else value))
        elif word == "deprecated":
            add_paragraph(schema, deprecation(value))
        elif word in ("minProperties", "maxProperties") and "properties" in schema:
            # On a model, pydantic has no constraint for the number of its fields.
            rest[word] = value
        elif word in INSTEAD:
            at.refuse(f"{word} of {extra.origin} is not checked by pydantic", INSTEAD[word])
        elif word.startswith("x-kubernetes-") or word in ("allOf", "anyOf", "oneOf", "not"):
            # As a Rule without accepts=, these are checked by the server only.
            rest[word] = value
        else:
            at.refuse(
                f"{word} of {extra.origin} is not a keyword of a definition: the server does not store it",
                "leave it out, or say it in the description",
                f"crd_gen's markers, for what {VALIDATIONS} and its kin can express",
            )
    return rest


def deprecation(value: Any) -> str:
    """Return the sentence that Kubernetes' API conventions begin with Deprecated."""
    message = getattr(value, "message", value)
    return f"Deprecated: {message}" if isinstance(message, str) else "Deprecated." if value else ""


def add_paragraph(schema: Schema, text: str) -> None:
    """Add a paragraph to a description."""
    if text and text not in schema.get("description", ""):
        schema["description"] = f"{schema.get('description', '')}\n\n{text}".strip()


def _add_examples(schema: Schema, values: list[Any]) -> None:
    """Add an example, or several to the description, since a definition has one example only."""
    if len(values) == 1:
        schema["example"] = values[0]
    elif values:
        add_paragraph(schema, "Examples: " + ", ".join(f"`{_json(value)}`" for value in values) + ".")


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
