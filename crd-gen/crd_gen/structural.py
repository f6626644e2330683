"""From the core schema that pydantic validates with to the structural schema that the server enforces.

Every kind of core schema that has an exact equivalent is named in this file or in scalars.py;
every other one is refused with its model, its path and the ways out.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from crd_gen.default import default_of, says_absent
from crd_gen.macros import Immutable, Macro, SetOnce
from crd_gen.markers import KEY, EmbeddedResource, IntOrString, Marker, Nullable
from crd_gen.marking import mark
from crd_gen.opaque import name_of, refuse_serializer, unwrapped
from crd_gen.place import Place, Schema
from crd_gen.resource import CustomResource, ObjectMeta
from crd_gen.scalars import SCALARS, int_or_string
from crd_gen.settings import settings
from crd_gen.ways import WAYS_OUT, ways_for


@lru_cache
def structural_schema(model: type[BaseModel]) -> Schema:
    """Map a model, a CustomResource or any other.

    Raises UnmappableError at the first construct without an exact equivalent.
    """
    core: Any = TypeAdapter(model).core_schema
    return Walk(core).node(core, Place(model.__name__, resource=issubclass(model, CustomResource)))


class Walk:
    """One descent through a core schema and its definitions."""

    def __init__(self, core: Schema) -> None:
        self.definitions = {d["ref"]: d for d in core.get("definitions", ())}

    def node(self, core: Schema, at: Place) -> Schema:
        """Map one core schema with the markers that it carries."""
        core, markers = self._bare(core, at)
        kind = core["type"]
        if _has(markers, EmbeddedResource):
            at = replace(at, resource=True)
        if _has(markers, IntOrString):
            schema = self._int_or_string(core, at)
        elif kind in SCALARS:
            schema = SCALARS[kind](core, at)
        elif method := getattr(self, f"_map_{kind.replace('-', '_')}", None):
            schema = method(core, at)
        else:
            ways = ways_for(at.annotation) or WAYS_OUT.get(kind, ())
            raise at.refuse(f"{name_of(core, at)} has no exact structural equivalent", *ways)
        return mark(schema, markers, at)

    def _bare(self, core: Schema, at: Place) -> tuple[Schema, tuple[Marker, ...]]:
        """Take off definitions, references and the checks of our own markers; gather the markers."""
        markers: tuple[Marker, ...] = ()
        while True:
            if core["type"] not in ("definitions", "definition-ref"):
                refuse_serializer(core, at)
            markers = (*(core.get("metadata") or {}).get(KEY, ()), *markers)
            if core["type"] == "definitions":
                core = core["schema"]
            elif core["type"] == "definition-ref":
                core = self.definitions[core["schema_ref"]]
            elif core["type"].startswith("function-"):
                core = unwrapped(core, at)
            else:
                return core, _once(markers)

    def _map_nullable(self, core: Schema, at: Place) -> Schema:
        schema = self.node(core["schema"], replace(at, absent=False))
        if "enum" in schema and not at.absent:
            raise at.refuse(
                "an enumeration that may be null: the server refuses null, even where it is listed",
                "T | None = None, where None says absent",
                "a value that says the same",
            )
        return {**schema, "nullable": True}

    def _map_default(self, core: Schema, at: Place) -> Schema:
        """Map a default; None says absent, not null, on the wire."""
        inner, markers = self._bare(core["schema"], at)
        absent = says_absent(core) and inner["type"] == "nullable" and not _has(markers, Nullable)
        schema = self.node(core["schema"], replace(at, absent=absent))
        if absent:
            schema.pop("nullable")
        return schema if says_absent(core) else {**schema, "default": default_of(core, at)}

    def _map_list(self, core: Schema, at: Place) -> Schema:
        bounds = _pick(core, {"min_length": "minItems", "max_length": "maxItems"})
        return {
            "type": "array",
            "items": self.node(core.get("items_schema", {"type": "any"}), at.among("[]")),
            **bounds,
        }

    def _map_dict(self, core: Schema, at: Place) -> Schema:
        keys, _ = self._bare(core.get("keys_schema", {"type": "any"}), at)
        if keys["type"] not in ("str", "any") or set(keys) - {"type", "metadata"}:
            raise at.refuse(
                "keys other than plain strings cannot be said (no propertyNames)", *WAYS_OUT["dict"]
            )
        bounds = _pick(core, {"min_length": "minProperties", "max_length": "maxProperties"})
        values, _ = self._bare(core.get("values_schema", {"type": "any"}), at)
        if values["type"] == "any":
            return {"type": "object", "x-kubernetes-preserve-unknown-fields": True, **bounds}
        return {
            "type": "object",
            "additionalProperties": self.node(core["values_schema"], at.among("{}")),
            **bounds,
        }

    def _map_any(self, core: Schema, at: Place) -> Schema:  # noqa: ARG002
        # Without a type every value is kept as it is, null included.
        return {"x-kubernetes-preserve-unknown-fields": True, "nullable": True}

    def _map_model(self, core: Schema, at: Place) -> Schema:
        model: type[BaseModel] = core["cls"]
        if model.__qualname__ in at.around:
            raise at.refuse(
                f"{model.__name__} contains itself, and a structural schema has no references",
                *WAYS_OUT["recursion"],
            )
        here = replace(at, model=model.__name__, around=(*at.around, model.__qualname__))
        if issubclass(model, ObjectMeta):
            return self._metadata(model, core, here)
        if core.get("root_model"):
            return self.node(core["schema"], here)
        inner, _ = self._bare(core["schema"], here)
        if inner["type"] != "model-fields":
            raise here.refuse(f"{name_of(inner, here)} is not a plain model")
        return self._object(model, inner, here)

    def _metadata(self, model: type[BaseModel], core: Schema, at: Place) -> Schema:
        """Map metadata: the server knows its fields, and lets a schema restrict two names only."""
        if not at.metadata:
            raise at.refuse(
                "ObjectMeta is known to the server at the top of an object only: its fields would be pruned",
                "a Node with the fields to keep: labels: dict[str, str] | None = None",
                "EmbeddedResource on the object around it",
            )
        fields, _ = self._bare(core["schema"], at)
        own = {name for cls in model.__mro__ if cls not in ObjectMeta.__mro__ for name in cls.__annotations__}
        if wrong := sorted(own - {"name", "generate_name"}):
            raise at.refuse(
                f"the schema of metadata cannot restrict {', '.join(wrong)}", "a Rule on name or generateName"
            )
        if wrong := sorted(name for name in own if not says_absent(fields["fields"][name]["schema"])):
            raise at.refuse(
                f"{', '.join(wrong)} must be optional: one of the two names is enough", "T | None = None"
            )
        made = dict(self._field(model, name, fields["fields"][name], at) for name in sorted(own))
        return {"type": "object", "properties": made} if made else {"type": "object"}

    def _object(self, model: type[BaseModel], fields: Schema, at: Place) -> Schema:
        if fields.get("computed_fields"):
            raise at.refuse(
                "a computed field is written but never read",
                "store it as a plain field, with a Rule that keeps it true",
            )
        schema: Schema = {"type": "object", **settings(model, fields, at)}
        properties: Schema = {}
        required = []
        for attribute, field in fields["fields"].items():
            name, below = self._field(model, attribute, field, at)
            if not at.path and name in _SERVERS_OWN:
                below.pop("default", None)
            if name in properties:
                raise at.below(f".{name}").refuse(
                    "two fields have this name in JSON", "give each its own alias"
                )
            properties[name] = below
            if field["schema"]["type"] != "default" and (at.path or name not in _SERVERS_OWN[:2]):
                required.append(name)
        if properties:
            schema["properties"] = properties
        if required:
            schema["required"] = sorted(required)
        if text := _doc(model):
            schema["description"] = text
        self._guard_presence(schema, fields, at)
        return mark(schema, tuple(getattr(model, "rules", ())), at)

    def _guard_presence(self, schema: Schema, fields: Schema, at: Place) -> None:
        for attribute, field in fields["fields"].items():
            name = field.get("validation_alias", attribute)
            if name in schema.get("required", ()) or "default" in schema["properties"][name]:
                continue
            rules = (m.parent_rule(name) for m in self._markers(field["schema"], at) if isinstance(m, Macro))
            mark(schema, tuple(rule for rule in rules if rule), at)

    def _hole(self, field: Schema, at: Place) -> str:
        """Say how a client gets round the macros below a field; empty if it cannot."""
        macros = [type(marker) for marker in self._markers(field["schema"], at) if isinstance(marker, Macro)]
        if Immutable in macros or SetOnce in macros:
            return ""
        if says_absent(field["schema"]) and not macros:
            return f"{at.path} can be removed and written anew"
        # Kept guards the presence of a field that may be absent, and a null counts as absent.
        if self._is_nullable(field["schema"], at) and not (macros and says_absent(field["schema"])):
            return f"{at.path} can be null and written anew"
        return at.hole

    def _is_nullable(self, core: Schema, at: Place) -> bool:
        inner, markers = self._bare(core, at)
        if inner["type"] != "default":
            return bool(inner["type"] == "nullable")
        below = (*markers, *self._markers(inner["schema"], at))
        return self._is_nullable(inner["schema"], at) and (not says_absent(inner) or _has(below, Nullable))

    def _markers(self, core: Schema, at: Place) -> tuple[Marker, ...]:
        """Gather the markers of a field, also those below its default and its None."""
        inner, markers = self._bare(core, at)
        below = inner["schema"] if inner["type"] in ("default", "nullable") else None
        return (*markers, *self._markers(below, at)) if below else markers

    def _field(self, model: type[BaseModel], attribute: str, field: Schema, at: Place) -> tuple[str, Schema]:
        name = field.get("validation_alias", attribute)
        if name != field.get("serialization_alias", attribute) or not isinstance(name, str):
            raise at.below(f".{attribute}").refuse(
                f"is read as {name!r} and written as {field.get('serialization_alias', attribute)!r}",
                "give it one alias: Field(alias=...)",
            )
        here = at.below(f".{name}")
        here = replace(here, annotation=model.model_fields[attribute].annotation)
        here = replace(here, inside=self._hole(field, here))
        if field.get("serialization_exclude"):
            raise here.refuse("exclude=True would store nothing", "leave the field out of the model")
        schema = self.node(field["schema"], here)
        if text := model.model_fields[attribute].description:
            schema["description"] = prose(text)
        return name, schema

    def _int_or_string(self, core: Schema, at: Place) -> Schema:
        if core["type"] == "nullable":
            return {**self._int_or_string(core["schema"], at), "nullable": True}
        arms = [self.node(arm, at) for arm in core.get("choices", ()) if isinstance(arm, dict)]
        if core["type"] != "union" or sorted(arm.get("type", "") for arm in arms) != ["integer", "string"]:
            raise at.refuse("IntOrString stands on something other than int | str")
        return int_or_string(arms, at)


# The server demands these by itself, so the root does not say so.
_SERVERS_OWN = ("apiVersion", "kind", "metadata")


def prose(text: str) -> str:
    """Undo the line breaks of the source; an empty line stays a paragraph's end."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _doc(model: type[BaseModel]) -> str:
    own = model.__dict__.get("__doc__")
    return prose(own) if own else ""


def _has(markers: tuple[Marker, ...], kind: type[Marker]) -> bool:
    return any(isinstance(marker, kind) for marker in markers)


def _pick(core: Schema, names: dict[str, str]) -> Schema:
    return {wire: core[name] for name, wire in names.items() if core.get(name) is not None}


def _once(markers: tuple[Marker, ...]) -> tuple[Marker, ...]:
    seen: list[Marker] = []
    for marker in markers:
        if marker not in seen:
            seen.append(marker)
    return tuple(seen)
