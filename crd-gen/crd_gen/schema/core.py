"""Pydantic's core schemas: references, wrappers, and the markers in their metadata."""

from __future__ import annotations

from crd_gen.keywords import Schema
from crd_gen.location import Location
from crd_gen.markers.base import KEY, Marker, has_marker
from crd_gen.markers.keywords import Nullable
from crd_gen.markers.transitions import Immutable, SetOnce, TransitionMarker
from crd_gen.schema.defaults import defaults_to_none
from crd_gen.schema.validators import check_serializer, unwrap_validator


class Definitions:
    """The definitions of a core schema, which references in it are resolved with."""

    def __init__(self, core: Schema) -> None:
        self._by_ref = {definition["ref"]: definition for definition in core.get("definitions", ())}

    def unwrap(self, core: Schema, at: Location) -> tuple[Schema, tuple[Marker, ...]]:
        """Remove definitions, references and the checks of markers; return the inner schema and the markers.

        Raises UnmappableError for any other validator, and for a serializer.
        """
        markers: tuple[Marker, ...] = ()
        while True:
            if core["type"] not in ("definitions", "definition-ref"):
                check_serializer(core, at)
            markers = (*(core.get("metadata") or {}).get(KEY, ()), *markers)
            if core["type"] == "definitions":
                core = core["schema"]
            elif core["type"] == "definition-ref":
                core = self._by_ref[core["schema_ref"]]
            elif core["type"].startswith("function-"):
                core = unwrap_validator(core, at)
            else:
                return core, _unique(markers)

    def markers(self, core: Schema, at: Location) -> tuple[Marker, ...]:
        """Return all markers of a field, including those within a default or a nullable schema."""
        inner, markers = self.unwrap(core, at)
        below = inner["schema"] if inner["type"] in ("default", "nullable") else None
        return (*markers, *self.markers(below, at)) if below else markers

    def bypass(self, field: Schema, at: Location) -> str:
        """Return how a client could evade transition rules below a field; "" if that is impossible."""
        transitions = [
            type(marker)
            for marker in self.markers(field["schema"], at)
            if isinstance(marker, TransitionMarker)
        ]
        if Immutable in transitions or SetOnce in transitions:
            return ""
        if defaults_to_none(field["schema"]) and not transitions:
            return f"{at.path} can be removed and set again"
        # Kept guards the presence of an optional field, and null counts as absent.
        guarded = transitions and defaults_to_none(field["schema"])
        if self._is_nullable(field["schema"], at) and not guarded:
            return f"{at.path} can be set to null and set again"
        return at.bypass

    def _is_nullable(self, core: Schema, at: Location) -> bool:
        inner, markers = self.unwrap(core, at)
        if inner["type"] != "default":
            return bool(inner["type"] == "nullable")
        below = (*markers, *self.markers(inner["schema"], at))
        optional = defaults_to_none(inner) and not has_marker(below, Nullable)
        return self._is_nullable(inner["schema"], at) and not optional


def _unique(markers: tuple[Marker, ...]) -> tuple[Marker, ...]:
    seen: list[Marker] = []
    for marker in markers:
        if marker not in seen:
            seen.append(marker)
    return tuple(seen)
