"""Pydantic's core schemas: references, wrappers, and the markers in their metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from crd_gen.keywords import Schema
from crd_gen.location import Location
from crd_gen.markers.base import KEY, Marker, has_marker
from crd_gen.markers.keywords import Nullable
from crd_gen.markers.python_only import PythonOnly
from crd_gen.markers.transitions import Immutable, SetOnce, TransitionMarker
from crd_gen.schema.defaults import defaults_to_none
from crd_gen.schema.json_schema import extras
from crd_gen.schema.validators import check_serializer, unwrap_validator

T = TypeVar("T")
_REFERENCES = ("definitions", "definition-ref")
_OPTIONAL = ("default", "nullable")


def with_core_schemas(use: Callable[[CoreSchemas], T]) -> T:
    """Call a function while pydantic can generate core schemas.

    No validator is built, which would take longer than everything else, and fail as a whole for one
    pattern that pydantic's engine does not compile.
    """
    results: list[T] = []
    errors: list[Exception] = []

    class Capture:
        @classmethod
        def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            try:
                results.append(use(CoreSchemas(handler)))
            except Exception as error:  # noqa: BLE001 - TypeAdapter would keep some of them for later
                errors.append(error)
            return core_schema.any_schema()

    TypeAdapter(Capture)
    if errors:
        raise errors[0]
    return results[0]


class CoreSchemas:
    """The core schemas of types, and what is within their wrappers."""

    def __init__(self, handler: GetCoreSchemaHandler) -> None:
        self._handler = handler

    def of(self, annotation: Any) -> Schema:
        """Return the core schema of a type."""
        found: Any = self._handler.generate_schema(annotation)
        return found  # type: ignore[no-any-return]

    def resolve(self, core: Schema) -> Schema:
        """Return the schema that a reference stands for."""
        while core["type"] in _REFERENCES:
            core = self._referred(core)
        return core

    def _referred(self, core: Any) -> Any:
        return core["schema"] if core["type"] == "definitions" else self._handler.resolve_ref_schema(core)

    def unwrap(self, core: Schema, at: Location) -> tuple[Schema, tuple[Marker, ...]]:
        """Remove references, validators and serializers; return the inner schema and the markers.

        A validator that is not declared PythonOnly is reported, and so is a serializer. Raises
        UnmappableError for a type that pydantic builds from functions.
        """
        markers: tuple[Marker, ...] = ()
        while True:
            if core["type"] not in _REFERENCES:
                check_serializer(core, at)
            markers = (*_markers(core), *extras(core, at), *markers)
            if core["type"] in _REFERENCES:
                core = self._referred(core)
            elif core["type"].startswith("function-"):
                core = unwrap_validator(core, at)
            else:
                return core, _unique(markers)

    def below_validators(self, core: Schema) -> Schema:
        """Return the schema within references and validators, whatever these are."""
        core = self.resolve(core)
        while core["type"].startswith("function-") and "schema" in core:
            core = self.resolve(core["schema"])
        return core

    def depth(self, core: Schema) -> int:
        """Return the number of validators around a schema."""
        core = self.resolve(core)
        inside = core.get("schema") if core["type"].startswith("function-") else None
        return 1 + self.depth(inside) if inside else 0

    def python_only(self, core: Schema) -> str:
        """Return the reason for which the validators of a field stay in Python; "" without a PythonOnly."""
        found = (marker for marker in self._declared(core) if isinstance(marker, PythonOnly))
        return next((marker.reason for marker in found), "")

    def _declared(self, core: Schema) -> Iterator[Marker]:
        if core["type"] in _REFERENCES:
            yield from self._declared(self._referred(core))
        elif "schema" in core and (core["type"] in _OPTIONAL or core["type"].startswith("function-")):
            yield from self._declared(core["schema"])
        yield from _markers(core)

    def markers(self, core: Schema) -> tuple[Marker, ...]:
        """Return all markers of a field, including those within a default or a nullable schema."""
        return _unique(tuple(self._declared(core)))

    def bypass(self, field: Schema, at: Location) -> str:
        """Return how a client could evade transition rules below a field; "" if that is impossible."""
        transitions = [
            type(marker) for marker in self.markers(field["schema"]) if isinstance(marker, TransitionMarker)
        ]
        if Immutable in transitions or SetOnce in transitions:
            return ""
        if defaults_to_none(field["schema"]) and not transitions:
            return f"{at.path} can be removed and set again"
        # Kept guards the presence of an optional field, and null counts as absent.
        guarded = transitions and defaults_to_none(field["schema"])
        if self._is_nullable(field["schema"]) and not guarded:
            return f"{at.path} can be set to null and set again"
        return at.bypass

    def _is_nullable(self, core: Schema) -> bool:
        inner = self.below_validators(core)
        if inner["type"] != "default":
            return bool(inner["type"] == "nullable")
        optional = defaults_to_none(inner) and not has_marker(self.markers(core), Nullable)
        return self._is_nullable(inner["schema"]) and not optional


def is_reference(core: Schema) -> bool:
    """Return True if a schema refers to that of a named type, or is what such a reference stands for."""
    return core["type"] in _REFERENCES or "ref" in core


def _markers(core: Schema) -> tuple[Marker, ...]:
    found: tuple[Marker, ...] = (core.get("metadata") or {}).get(KEY, ())
    return found


def _unique(markers: tuple[Marker, ...]) -> tuple[Marker, ...]:
    seen: list[Marker] = []
    for marker in markers:
        if marker not in seen:
            seen.append(marker)
    return tuple(seen)
