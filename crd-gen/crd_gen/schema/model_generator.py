"""The schemas of models: their fields, docstrings, settings and rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

from pydantic import BaseModel

from crd_gen.errors import UnmappableError
from crd_gen.keywords import INT_OR_STRING, SERVER_FIELDS, Schema
from crd_gen.location import Location
from crd_gen.markers.transitions import TransitionMarker
from crd_gen.models.annotations import fields_of
from crd_gen.models.metadata import ObjectMeta
from crd_gen.schema.apply import apply_markers
from crd_gen.schema.core import CoreSchemas
from crd_gen.schema.defaults import defaults_to_none
from crd_gen.schema.documentation import unwrap_lines
from crd_gen.schema.json_schema import add_paragraph, deprecation, extras, of_model
from crd_gen.schema.model_config import check_config, config_keywords
from crd_gen.schema.validators import check_methods, describe, rules_of

Generate = Callable[[Schema, Location], Schema]


def generate_within(generate: Generate, core: Schema, at: Location) -> Schema:
    """Return the schema of a field or element; after a refusal go on, so that all are reported."""
    try:
        return generate(core, at)
    except UnmappableError as refusal:
        at.report.refusals.append(refusal)
        return {INT_OR_STRING: True}


class ModelGenerator:
    """Generates the schemas of models; `generate` does what is in their fields."""

    def __init__(self, core: CoreSchemas, generate: Generate) -> None:
        self._core = core
        self._generate = generate
        self._translated: dict[tuple[type, tuple[bool, ...]], _ModelSchema] = {}

    def generate(self, core: Schema, at: Location) -> Schema:
        """Return the schema of a model, which is translated once: later fields get a copy."""
        placement = (at.is_resource, at.is_metadata, at.none_is_absent, not at.bypass, not at.inner_bypass)
        key = (core["cls"], (*placement, at.path.endswith("[]")))
        if earlier := self._translated.get(key):
            return earlier.copy_to(at)
        sources, refusals = len(at.report.sources), len(at.report.refusals)
        schema = self._new_model_schema(core, at)
        if at.path and len(at.report.refusals) == refusals:
            self._translated[key] = _ModelSchema(schema, at, sources)
        return schema

    def _new_model_schema(self, core: Schema, at: Location) -> Schema:
        model: type[BaseModel] = core["cls"]
        at = at.of(model, python_only="")
        if issubclass(model, ObjectMeta):
            return self._metadata(model, core, at)
        check_methods(model, at)
        if core.get("root_model"):
            schema = self._root(model, core["schema"], at)
        else:
            fields, _ = self._core.unwrap(core["schema"], at)
            if fields["type"] != "model-fields":
                raise at.error(f"{describe(fields, at)} is not a plain model", "a plain pydantic model")
            schema = self._object(model, fields, at)
        return self._finish(schema, model, at)

    def _root(self, model: type[BaseModel], core: Schema, at: Location) -> Schema:
        check_config(model, at)
        if core["type"] == "default":
            at.refuse(
                f"the default of {model.__name__} has no effect on fields of that type, which stay required",
                f"a default on the field: {model.__name__} = {model.__name__}(...)",
            )
            core = core["schema"]
        return self._generate(core, replace(at, annotation=fields_of(model)["root"].annotation))

    def _finish(self, schema: Schema, model: type[BaseModel], at: Location) -> Schema:
        """Add what a model says of itself: its docstring, settings and rules."""
        if description := _docstring(model):
            schema["description"] = description
        if "__deprecated__" in model.__dict__:
            add_paragraph(schema, deprecation(model.__dict__["__deprecated__"]))
        return apply_markers(schema, (*of_model(model, at), *rules_of(model)), at)

    def _metadata(self, model: type[BaseModel], core: Schema, at: Location) -> Schema:
        """Return the schema of metadata, which may restrict only name and generateName."""
        if not at.is_metadata:
            raise at.error(
                "ObjectMeta is supported only as the metadata of an object: elsewhere its fields are pruned",
                "a Node with the fields to store: labels: dict[str, str] | None = None",
                "EmbeddedResource on the parent object",
            )
        fields, _ = self._core.unwrap(core["schema"], at)
        own = {name for cls in model.__mro__ if cls not in ObjectMeta.__mro__ for name in cls.__annotations__}
        if wrong := sorted(own - {"name", "generate_name"}):
            raise at.error(
                f"the schema of metadata cannot restrict {', '.join(wrong)}", "a Rule on name or generateName"
            )
        if wrong := sorted(name for name in own if not defaults_to_none(fields["fields"][name]["schema"])):
            raise at.error(
                f"{', '.join(wrong)} must be optional: an object needs only one of the two names",
                "T | None = None",
            )
        properties = dict(self._field(model, name, fields["fields"][name], at) for name in sorted(own))
        return {"type": "object", "properties": properties} if properties else {"type": "object"}

    def _object(self, model: type[BaseModel], fields: Schema, at: Location) -> Schema:
        if fields.get("computed_fields"):
            at.refuse(
                "a computed field is serialized but never validated",
                "a plain field, with a Rule that keeps it consistent",
            )
        schema: Schema = {"type": "object", **config_keywords(model, fields, at)}
        properties: Schema = {}
        required = []
        for attribute, field in fields["fields"].items():
            name, child = self._field(model, attribute, field, at)
            if not at.path and name in SERVER_FIELDS:
                child.pop("default", None)
            if name in properties:
                at.child(f".{name}").refuse("two fields have this JSON name", "give each its own alias")
            properties[name] = child
            # At the root, the server itself requires apiVersion and kind.
            if field["schema"]["type"] != "default" and (at.path or name not in SERVER_FIELDS[:2]):
                required.append(name)
        if properties:
            schema["properties"] = properties
        if required:
            schema["required"] = sorted(required)
        self._add_presence_rules(schema, fields, at)
        return schema

    def _add_presence_rules(self, schema: Schema, fields: Schema, at: Location) -> None:
        for attribute, field in fields["fields"].items():
            name = _json_name(attribute, field)
            if name in schema.get("required", ()) or "default" in schema["properties"][name]:
                continue
            markers = self._core.markers(field["schema"])
            rules = (marker.parent_rule(name) for marker in markers if isinstance(marker, TransitionMarker))
            apply_markers(schema, tuple(rule for rule in rules if rule), at)

    def _field(
        self, model: type[BaseModel], attribute: str, field: Schema, at: Location
    ) -> tuple[str, Schema]:
        name = _json_name(attribute, field)
        validation, serialized = (
            field.get(f"{word}_alias", attribute) for word in ("validation", "serialization")
        )
        step = name if validation == serialized else attribute
        info = fields_of(model)[attribute]
        reason = self._core.python_only(field["schema"])
        declared = {
            "owner": model,
            "attribute": attribute,
            "annotation": info.annotation,
            "python_only": reason,
        }
        at = at.child(f".{step}", **declared)
        at.report.sources.setdefault(at.path, (model, attribute))
        if validation != serialized or not isinstance(validation, str):
            at.refuse(
                f"has the validation alias {validation!r} but the serialization alias {serialized!r}",
                "use one alias: Field(alias=...)",
            )
        at = replace(at, inner_bypass=self._core.bypass(field, at))
        if field.get("serialization_exclude") or field.get("serialization_exclude_if"):
            at.refuse("exclude=True drops the value", "remove the field from the model")
        schema = generate_within(self._generate, field["schema"], at)
        # typing_extensions.Doc says it in the annotation.
        said = (getattr(item, "documentation", None) for item in info.metadata)
        if description := info.description or next((text for text in said if isinstance(text, str)), None):
            schema["description"] = unwrap_lines(description)
        schema = apply_markers(schema, tuple(extras(field, at, of_field=True)), at)
        if info.deprecated:
            add_paragraph(schema, deprecation(info.deprecated))
        return name, schema


def _json_name(attribute: str, field: Schema) -> str:
    name = field.get("validation_alias", attribute)
    return name if isinstance(name, str) else attribute


def _docstring(model: type[BaseModel]) -> str:
    own = model.__dict__.get("__doc__")
    return unwrap_lines(own) if own else ""


class _ModelSchema:
    """A translated model, with the sources of its fields by their paths within it.

    sources is the number of sources in the report before the translation.
    """

    def __init__(self, schema: Schema, at: Location, sources: int) -> None:
        self._schema = _copy(schema)
        added = islice(at.report.sources.items(), sources, None)
        self._sources = [(path.removeprefix(at.path), source) for path, source in added]

    def copy_to(self, at: Location) -> Schema:
        """Return a copy, which the markers of a field may change, and report the sources below its path."""
        for path, source in self._sources:
            at.report.sources.setdefault(at.path + path, source)
        copied: Schema = _copy(self._schema)
        return copied


def _copy(value: Any) -> Any:
    # Of 5 s for the ten largest kinds that were tried, copy.deepcopy takes 0.37 s, and this 0.14 s.
    if isinstance(value, dict):
        return {word: _copy(inner) for word, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
