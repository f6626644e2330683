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
from pydantic_core import to_jsonable_python

from crd_gen.macros import Immutable, Macro, SetOnce
from crd_gen.markers import KEY, Check, IntOrString, Marker, Nullable
from crd_gen.marking import mark
from crd_gen.place import Place, Schema
from crd_gen.resource import ObjectMeta
from crd_gen.scalars import SCALARS
from crd_gen.ways import WAYS_OUT

# Validators and serializers of our own bases: known not to change a verdict or a document.
OWN = {"CustomResource.is_of_this_kind", "Node.run_rules", "Node.omit_absent"}


@lru_cache
def structural_schema(model: type[BaseModel]) -> Schema:
    """Map a model, a CustomResource or any other.

    Raises UnmappableError at the first construct without an exact equivalent.
    """
    core: Any = TypeAdapter(model).core_schema
    return Walk(core).node(core, Place(model.__name__))


class Walk:
    """One descent through a core schema and its definitions."""

    def __init__(self, core: Schema) -> None:
        self.definitions = {d["ref"]: d for d in core.get("definitions", ())}

    def node(self, core: Schema, at: Place) -> Schema:
        """Map one core schema with the markers that it carries."""
        core, markers = self._bare(core, at)
        kind = core["type"]
        if any(isinstance(marker, IntOrString) for marker in markers):
            schema = self._int_or_string(core, at)
        elif kind in SCALARS:
            schema = SCALARS[kind](core, at)
        elif method := getattr(self, f"_map_{kind.replace('-', '_')}", None):
            schema = method(core, at)
        else:
            raise at.refuse(f"{_name(core)} has no exact structural equivalent", *WAYS_OUT.get(kind, ()))
        return mark(schema, markers, at)

    def _bare(self, core: Schema, at: Place) -> tuple[Schema, tuple[Marker, ...]]:
        """Take off definitions, references and the checks of our own markers; gather the markers."""
        markers: tuple[Marker, ...] = ()
        while True:
            if core["type"] not in ("definitions", "definition-ref"):
                _refuse_serializer(core, at)
            markers = (*(core.get("metadata") or {}).get(KEY, ()), *markers)
            if core["type"] == "definitions":
                core = core["schema"]
            elif core["type"] == "definition-ref":
                core = self.definitions[core["schema_ref"]]
            elif core["type"].startswith("function-"):
                core = _unwrapped(core, at)
            else:
                return core, _once(markers)

    def _map_nullable(self, core: Schema, at: Place) -> Schema:
        return {**self.node(core["schema"], at), "nullable": True}

    def _map_default(self, core: Schema, at: Place) -> Schema:
        """Map a default; None says absent, not null, on the wire."""
        inner, markers = self._bare(core["schema"], at)
        schema = self.node(core["schema"], at)
        if "default_factory" in core or core["default"] is not None:
            return {**schema, "default": _default(core, at)}
        if inner["type"] == "nullable" and not any(isinstance(marker, Nullable) for marker in markers):
            schema.pop("nullable", None)
        return schema

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
            return {"type": "object"}
        if core.get("root_model"):
            return self.node(core["schema"], here)
        inner, _ = self._bare(core["schema"], here)
        if inner["type"] != "model-fields":
            raise here.refuse(f"{_name(inner)} is not a plain model")
        return self._object(model, inner, here)

    def _object(self, model: type[BaseModel], fields: Schema, at: Place) -> Schema:
        if fields.get("computed_fields"):
            raise at.refuse(
                "a computed field is written but never read",
                "store it as a plain field, with a Rule that keeps it true",
            )
        schema: Schema = {"type": "object", **_extras(model, at)}
        schema["properties"] = {}
        required = []
        for attribute, field in fields["fields"].items():
            name, below = self._field(model, attribute, field, at)
            if not at.path and name in _SERVERS_OWN:
                below.pop("default", None)
            schema["properties"][name] = below
            if field["schema"]["type"] != "default" and (at.path or name not in _SERVERS_OWN[:2]):
                required.append(name)
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
        may_vanish = field["schema"]["type"] == "default" and field["schema"].get("default") is None
        if may_vanish and not macros and "default_factory" not in field["schema"]:
            return f"{at.path} can be removed and written anew"
        return at.hole

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
        arms = {choice["type"] for choice in core.get("choices", ()) if isinstance(choice, dict)}
        if core["type"] != "union" or arms != {"int", "str"}:
            raise at.refuse("IntOrString stands on something other than int | str")
        return {"x-kubernetes-int-or-string": True}


# The server demands these by itself, so the root does not say so.
_SERVERS_OWN = ("apiVersion", "kind", "metadata")


def prose(text: str) -> str:
    """Undo the line breaks of the source; an empty line stays a paragraph's end."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _doc(model: type[BaseModel]) -> str:
    own = model.__dict__.get("__doc__")
    return prose(own) if own else ""


# Settings of a model that change or bound every string of it, out of sight of the field.
_SETTINGS = (
    *("str_strip_whitespace", "str_to_lower", "str_to_upper", "str_min_length", "str_max_length"),
    *("coerce_numbers_to_str",),
)


def _extras(model: type[BaseModel], at: Place) -> Schema:
    if hidden := [name for name in _SETTINGS if model.model_config.get(name)]:
        raise at.refuse(
            f"model_config sets {', '.join(hidden)}, which a schema cannot say",
            "give each field its own constraint; a pattern can demand the right form",
        )
    extra = model.model_config.get("extra")
    if extra == "forbid":
        raise at.refuse(
            'extra="forbid" cannot be said: additionalProperties and properties exclude each other',
            "drop it: the server prunes unknown fields, and refuses them under strict field validation",
        )
    return {"x-kubernetes-preserve-unknown-fields": True} if extra == "allow" else {}


def _default(core: Schema, at: Place) -> Any:
    if factory := core.get("default_factory"):
        if core.get("default_factory_takes_data") or (factory not in (list, dict) and not _is_model(factory)):
            raise at.refuse(
                "a default factory may give another value each time", "give the value itself: default=..."
            )
        return to_jsonable_python(factory(), by_alias=True)
    return to_jsonable_python(core["default"], by_alias=True)


def _is_model(factory: Any) -> bool:
    return isinstance(factory, type) and issubclass(factory, BaseModel)


def _pick(core: Schema, names: dict[str, str]) -> Schema:
    return {wire: core[name] for name, wire in names.items() if core.get(name) is not None}


def _unwrapped(core: Schema, at: Place) -> Schema:
    function = core["function"].get("function") if isinstance(core["function"], dict) else None
    if not (isinstance(function, Check) or _is_own(function)):
        name = getattr(function, "__qualname__", None) or repr(function)
        raise at.refuse(f"the validator {name} exists in Python only", *WAYS_OUT["function"])
    inner: Schema = core["schema"]
    return inner


def _is_own(function: Any) -> bool:
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    return module.startswith("crd_gen.") and name in OWN


def _refuse_serializer(core: Schema, at: Place) -> None:
    serialization = core.get("serialization")
    if serialization and not _is_own(serialization.get("function")):
        raise at.refuse("a serializer writes another value than was read", "store the value as it is read")


def _once(markers: tuple[Marker, ...]) -> tuple[Marker, ...]:
    seen: list[Marker] = []
    for marker in markers:
        if marker not in seen:
            seen.append(marker)
    return tuple(seen)


def _name(core: Schema) -> str:
    cls = core.get("cls")
    return f"{core['type']} ({cls.__name__})" if isinstance(cls, type) else str(core["type"])
