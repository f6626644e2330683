"""The generator of structural schemas, which the API server enforces, from pydantic's core schemas.

Every kind of core schema with an exact equivalent is listed here or in scalars.py; any other is an error that
names the model, the path and the alternatives.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from crd_gen.keywords import PRESERVE_UNKNOWN, SERVER_FIELDS, Schema
from crd_gen.location import Location
from crd_gen.markers.base import has_marker
from crd_gen.markers.keywords import EmbeddedResource, IntOrString, Nullable
from crd_gen.markers.transitions import TransitionMarker
from crd_gen.models.metadata import ObjectMeta, Resource
from crd_gen.schema.alternatives import BY_KIND, alternatives_for
from crd_gen.schema.apply import apply_markers
from crd_gen.schema.core import Definitions
from crd_gen.schema.defaults import default_value, defaults_to_none
from crd_gen.schema.model_config import config_keywords
from crd_gen.schema.scalars import SCALARS, int_or_string
from crd_gen.schema.validators import describe


@lru_cache
def structural_schema(model: type[BaseModel]) -> Schema:
    """Return the structural schema of a model, a CustomResource or any other.

    Raises UnmappableError for the first construct without an exact equivalent.
    """
    core: Any = TypeAdapter(model).core_schema
    at = Location(model.__name__, is_resource=issubclass(model, Resource))
    return SchemaGenerator(core).generate(core, at)


class SchemaGenerator:
    """Translates a core schema, with a method for each kind that contains other schemas."""

    def __init__(self, core: Schema) -> None:
        self.core = Definitions(core)

    def generate(self, core: Schema, at: Location) -> Schema:
        """Return the structural schema of a core schema, its markers applied."""
        core, markers = self.core.unwrap(core, at)
        kind = core["type"]
        if has_marker(markers, EmbeddedResource):
            at = replace(at, is_resource=True)
        if has_marker(markers, IntOrString):
            schema = self._int_or_string(core, at)
        elif kind in SCALARS:
            schema = SCALARS[kind](core, at)
        elif method := getattr(self, f"_{kind.replace('-', '_')}_schema", None):
            schema = method(core, at)
        else:
            alternatives = alternatives_for(at.annotation) or BY_KIND.get(kind, ())
            raise at.error(f"{describe(core, at)} has no exact structural equivalent", *alternatives)
        return apply_markers(schema, markers, at)

    def _nullable_schema(self, core: Schema, at: Location) -> Schema:
        schema = self.generate(core["schema"], replace(at, none_is_absent=False))
        if "enum" in schema and not at.none_is_absent:
            raise at.error(
                "a nullable enumeration: the server rejects null, even if the enum lists it",
                "T | None = None, where None means absent",
                "an enum value with the same meaning",
            )
        return {**schema, "nullable": True}

    def _default_schema(self, core: Schema, at: Location) -> Schema:
        """Return the schema with its default; None means an absent field, not null."""
        inner, markers = self.core.unwrap(core["schema"], at)
        absent = defaults_to_none(core) and inner["type"] == "nullable" and not has_marker(markers, Nullable)
        schema = self.generate(core["schema"], replace(at, none_is_absent=absent))
        if absent:
            schema.pop("nullable")
        return schema if defaults_to_none(core) else {**schema, "default": default_value(core, at)}

    def _list_schema(self, core: Schema, at: Location) -> Schema:
        bounds = _bounds(core, {"min_length": "minItems", "max_length": "maxItems"})
        items = self.generate(core.get("items_schema", {"type": "any"}), at.element("[]"))
        return {"type": "array", "items": items, **bounds}

    def _dict_schema(self, core: Schema, at: Location) -> Schema:
        keys, _ = self.core.unwrap(core.get("keys_schema", {"type": "any"}), at)
        if keys["type"] not in ("str", "any") or set(keys) - {"type", "metadata"}:
            raise at.error(
                "map keys must be plain strings: a structural schema has no propertyNames", *BY_KIND["dict"]
            )
        bounds = _bounds(core, {"min_length": "minProperties", "max_length": "maxProperties"})
        values, _ = self.core.unwrap(core.get("values_schema", {"type": "any"}), at)
        if values["type"] == "any":
            return {"type": "object", PRESERVE_UNKNOWN: True, **bounds}
        additional = self.generate(core["values_schema"], at.element("{}"))
        return {"type": "object", "additionalProperties": additional, **bounds}

    def _any_schema(self, core: Schema, at: Location) -> Schema:  # noqa: ARG002
        # Without a type the server stores any value, including null.
        return {PRESERVE_UNKNOWN: True, "nullable": True}

    def _model_schema(self, core: Schema, at: Location) -> Schema:
        model: type[BaseModel] = core["cls"]
        if model.__qualname__ in at.ancestors:
            raise at.error(
                f"{model.__name__} is recursive, but a structural schema has no references",
                *BY_KIND["recursion"],
            )
        at = replace(at, model=model.__name__, ancestors=(*at.ancestors, model.__qualname__))
        if issubclass(model, ObjectMeta):
            return self._metadata(model, core, at)
        if core.get("root_model"):
            return self.generate(core["schema"], at)
        fields, _ = self.core.unwrap(core["schema"], at)
        if fields["type"] != "model-fields":
            raise at.error(f"{describe(fields, at)} is not a plain model")
        return self._object(model, fields, at)

    def _metadata(self, model: type[BaseModel], core: Schema, at: Location) -> Schema:
        """Return the schema of metadata, which may restrict only name and generateName."""
        if not at.is_metadata:
            raise at.error(
                "ObjectMeta is supported only as the metadata of an object: elsewhere its fields are pruned",
                "a Node with the fields to store: labels: dict[str, str] | None = None",
                "EmbeddedResource on the parent object",
            )
        fields, _ = self.core.unwrap(core["schema"], at)
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
            raise at.error(
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
                raise at.child(f".{name}").error("two fields have this JSON name", "give each its own alias")
            properties[name] = child
            # At the root, the server itself requires apiVersion and kind.
            if field["schema"]["type"] != "default" and (at.path or name not in SERVER_FIELDS[:2]):
                required.append(name)
        if properties:
            schema["properties"] = properties
        if required:
            schema["required"] = sorted(required)
        if description := _docstring(model):
            schema["description"] = description
        self._add_presence_rules(schema, fields, at)
        return apply_markers(schema, tuple(getattr(model, "rules", ())), at)

    def _add_presence_rules(self, schema: Schema, fields: Schema, at: Location) -> None:
        for attribute, field in fields["fields"].items():
            name = field.get("validation_alias", attribute)
            if name in schema.get("required", ()) or "default" in schema["properties"][name]:
                continue
            markers = self.core.markers(field["schema"], at)
            rules = (marker.parent_rule(name) for marker in markers if isinstance(marker, TransitionMarker))
            apply_markers(schema, tuple(rule for rule in rules if rule), at)

    def _field(
        self, model: type[BaseModel], attribute: str, field: Schema, at: Location
    ) -> tuple[str, Schema]:
        name = field.get("validation_alias", attribute)
        serialized = field.get("serialization_alias", attribute)
        if name != serialized or not isinstance(name, str):
            raise at.child(f".{attribute}").error(
                f"has the validation alias {name!r} but the serialization alias {serialized!r}",
                "use one alias: Field(alias=...)",
            )
        at = at.child(f".{name}")
        at = replace(at, annotation=model.model_fields[attribute].annotation)
        at = replace(at, inner_bypass=self.core.bypass(field, at))
        if field.get("serialization_exclude"):
            raise at.error("exclude=True drops the value", "remove the field from the model")
        schema = self.generate(field["schema"], at)
        if description := model.model_fields[attribute].description:
            schema["description"] = unwrap_lines(description)
        return name, schema

    def _int_or_string(self, core: Schema, at: Location) -> Schema:
        if core["type"] == "nullable":
            return {**self._int_or_string(core["schema"], at), "nullable": True}
        branches = [
            self.generate(branch, at) for branch in core.get("choices", ()) if isinstance(branch, dict)
        ]
        types = sorted(branch.get("type", "") for branch in branches)
        if core["type"] != "union" or types != ["integer", "string"]:
            raise at.error("IntOrString requires int | str")
        return int_or_string(branches, at)


def unwrap_lines(text: str) -> str:
    """Join the lines of a docstring; an empty line still ends a paragraph."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _docstring(model: type[BaseModel]) -> str:
    own = model.__dict__.get("__doc__")
    return unwrap_lines(own) if own else ""


def _bounds(core: Schema, keywords: dict[str, str]) -> Schema:
    return {wire: core[name] for name, wire in keywords.items() if core.get(name) is not None}
