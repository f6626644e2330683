"""The generator of structural schemas from pydantic's core schemas.

Every kind of core schema with an exact equivalent is listed here or in scalars.py; any other is an error that
names the model, the path, the file and line, and the alternatives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic.errors import PydanticUndefinedAnnotation, PydanticUserError

from crd_gen.errors import UnmappableError
from crd_gen.keywords import PRESERVE_UNKNOWN, Schema
from crd_gen.location import Location
from crd_gen.markers.base import Marker, has_marker
from crd_gen.markers.keywords import EmbeddedResource, IntOrString, NotNull, Nullable
from crd_gen.markers.mapping import substitute
from crd_gen.models.annotations import element_of, value_of, without_none
from crd_gen.schema.alternatives import BY_KIND, OTHER, alternatives_for
from crd_gen.schema.apply import apply_markers
from crd_gen.schema.core import CoreSchemas, is_reference
from crd_gen.schema.defaults import default_value, defaults_to_none
from crd_gen.schema.json_schema import replacement
from crd_gen.schema.model_generator import ModelGenerator, generate_within
from crd_gen.schema.scalars import SCALARS, UNCONSTRAINING, int_or_string, union_of_scalars
from crd_gen.schema.validators import describe, unwrap_validator

UNREADABLE = (PydanticUserError, PydanticUndefinedAnnotation, ImportError)
"""What pydantic raises for a type that it has no core schema for."""


class SchemaGenerator:
    """Translates a core schema, with a method for each kind that contains other schemas."""

    def __init__(self, core: CoreSchemas) -> None:
        self.core = core
        self._models = ModelGenerator(core, self.generate)

    def generate(self, core: Schema, at: Location) -> Schema:
        """Return the structural schema of a core schema, its markers applied."""
        innermost = self.core.below_validators(core)
        if innermost["type"] not in ("default", "nullable"):
            core, at = self._substituted(core, at)
        # Validators outside of the reference to a model are those of the field.
        is_own = innermost["type"] == "model" and is_reference(core) and not at.python_only
        inside = at.of(innermost["cls"]) if is_own else at
        core, markers = self.core.unwrap(core, inside)
        if has_marker(markers, EmbeddedResource):
            inside = replace(inside, is_resource=True)
        return apply_markers(self._schema(core, markers, inside), markers, at)

    def _schema(self, core: Schema, markers: tuple[Marker, ...], at: Location) -> Schema:
        at = self._below(core, at)
        kind = core["type"]
        if has_marker(markers, IntOrString):
            return self._int_or_string(core, at)
        written = replacement(core)
        try:
            schema = self._of_kind(kind, core, at)
        except UnmappableError:
            if written is None:
                raise
            return written
        if written is not None and written != schema:
            at.refuse(
                f"WithJsonSchema says {written}, but pydantic validates {schema}",
                "crd_gen's markers, such as PreserveUnknown() or Rule(...), or Field(...)",
                "map_class(T, to=...) for a class of another library",
            )
        return schema

    @staticmethod
    def _below(core: Schema, at: Location) -> Location:
        """Return the location within a named type. Raises UnmappableError if the type contains itself."""
        is_model = core["type"] == "model"
        identity = core["cls"] if is_model else core.get("ref")
        if identity is None:
            return at
        if identity in at.ancestors:
            name = identity.__name__ if is_model else "the type alias"
            raise at.error(
                f"{name} is recursive, but a structural schema has no references", *BY_KIND["recursion"]
            )
        return replace(at, ancestors=(*at.ancestors, identity))

    def _of_kind(self, kind: str, core: Schema, at: Location) -> Schema:
        if kind in SCALARS:
            return SCALARS[kind](core, at)
        method = getattr(self, f"_{kind.replace('-', '_')}_schema", None)
        if method is None:
            raise self._no_equivalent(core, at)
        schema: Schema = method(core, at)
        return schema

    def _no_equivalent(self, core: Schema, at: Location) -> UnmappableError:
        alternatives = alternatives_for(at.annotation) or BY_KIND.get(core["type"], OTHER)
        return at.error(f"{describe(core, at)} has no exact structural equivalent", *alternatives)

    def _substituted(self, core: Schema, at: Location) -> tuple[Schema, Location]:
        """Return the core schema of the type that a class is mapped to, without its own validators."""
        target = substitute(at.annotation)
        if target is None:
            return core, at
        try:
            own = self.core.depth(self.core.of(at.annotation))
        except UNREADABLE:  # a class that the model's arbitrary_types_allowed lets through
            own = 0
        core = self.core.resolve(core)
        while self.core.depth(core) > own:
            core = self.core.resolve(unwrap_validator(core, at))
        return self.core.of(target), replace(at, annotation=target)

    def _nullable_schema(self, core: Schema, at: Location) -> Schema:
        inside = replace(at, none_is_absent=False, annotation=without_none(at.annotation))
        schema = self.generate(core["schema"], inside)
        if at.none_is_absent:
            return {word: value for word, value in schema.items() if word != "nullable"}
        if "enum" in schema:
            raise at.error(
                "a nullable enumeration: the server rejects null, even if the enum lists it",
                "T | None = None, where None means absent",
                "an enum value with the same meaning",
            )
        return {**schema, "nullable": True}

    def _default_schema(self, core: Schema, at: Location) -> Schema:
        """Return the schema with its default; None means an absent field, not null."""
        if core.get("on_error", "raise") != "raise":
            at.refuse(
                "OnErrorOmit drops an invalid value, where the server rejects the object",
                "the type itself, without OnErrorOmit",
            )
        inner = self.core.below_validators(core["schema"])
        nullable = has_marker(self.core.markers(core["schema"]), Nullable)
        absent = defaults_to_none(core) and self._accepts_none(inner) and not nullable
        schema = self.generate(core["schema"], replace(at, none_is_absent=absent))
        if defaults_to_none(core):
            return schema
        checks = [check for marker in self.core.markers(core["schema"]) if (check := marker.check())]
        return {**schema, "default": default_value(core, schema, checks, at)}

    @staticmethod
    def _accepts_none(core: Schema) -> bool:
        return bool(core["type"] == "nullable" or (core["type"] == "union" and _has_none(core)))

    def _union_schema(self, core: Schema, at: Location) -> Schema:
        choices = [choice[0] if isinstance(choice, tuple) else choice for choice in core["choices"]]
        others = [choice for choice in choices if choice["type"] != "none"]
        if len(others) < len(choices):
            # None that is hidden from the JSON schema stays in the union.
            inner = others[0] if len(others) == 1 else {"type": "union", "choices": others}
            return self._nullable_schema({"type": "nullable", "schema": inner}, at)
        types = {self.core.below_validators(choice)["type"] for choice in choices}
        if types <= SCALARS.keys():
            branches = [self.generate(choice, replace(at, annotation=None)) for choice in choices]
            if schema := union_of_scalars(branches):
                return schema
        raise self._no_equivalent(core, at)

    def _list_schema(self, core: Schema, at: Location) -> Schema:
        bounds = _bounds(core, {"min_length": "minItems", "max_length": "maxItems"})
        element = at.element("[]", element_of(at.annotation))
        items = generate_within(self.generate, core.get("items_schema", {"type": "any"}), element)
        if PRESERVE_UNKNOWN in items and "type" not in items:
            # The server stores null in a list of anything, whether it is nullable or not.
            items.pop("nullable", None)
        return {"type": "array", "items": items, **bounds}

    def _dict_schema(self, core: Schema, at: Location) -> Schema:
        keys, _ = self.core.unwrap(core.get("keys_schema", {"type": "any"}), replace(at, annotation=None))
        if keys["type"] not in ("str", "any") or keys.keys() - UNCONSTRAINING:
            at.refuse(
                "map keys must be plain strings: a structural schema has no propertyNames", *BY_KIND["dict"]
            )
        bounds = _bounds(core, {"min_length": "minProperties", "max_length": "maxProperties"})
        values = self.core.below_validators(core.get("values_schema", {"type": "any"}))
        element = at.element("{}", value_of(at.annotation))
        if values["type"] == "any" and not has_marker(self.core.markers(core["values_schema"]), NotNull):
            self.core.unwrap(core.get("values_schema", {"type": "any"}), element)
            return {"type": "object", PRESERVE_UNKNOWN: True, **bounds}
        return {
            "type": "object",
            "additionalProperties": generate_within(self.generate, core["values_schema"], element),
            **bounds,
        }

    def _any_schema(self, core: Schema, at: Location) -> Schema:  # noqa: ARG002
        # Without a type the server stores any value, and null if it is nullable.
        return {PRESERVE_UNKNOWN: True, "nullable": True}

    def _model_schema(self, core: Schema, at: Location) -> Schema:
        return self._models.generate(core, at)

    def _int_or_string(self, core: Schema, at: Location) -> Schema:
        if core["type"] == "nullable":
            return {**self._int_or_string(core["schema"], at), "nullable": True}
        branches = [
            self.generate(branch, replace(at, annotation=None))
            for branch in core.get("choices", ())
            if isinstance(branch, dict)
        ]
        types = sorted(branch.get("type", "") for branch in branches)
        if core["type"] != "union" or types != ["integer", "string"]:
            raise at.error("IntOrString requires int | str", "Annotated[int | str, IntOrString()]")
        return int_or_string(branches, at)


def _has_none(core: Schema) -> bool:
    choices: Iterator[Any] = iter(core["choices"])
    return any(isinstance(choice, dict) and choice["type"] == "none" for choice in choices)


def _bounds(core: Schema, keywords: dict[str, str]) -> Schema:
    return {wire: core[name] for name, wire in keywords.items() if core.get(name) is not None}
