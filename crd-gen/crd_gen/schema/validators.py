"""Validators and serializers in Python, and types that pydantic builds from them."""

from __future__ import annotations

from typing import Any

from crd_gen.keywords import Schema
from crd_gen.location import Location
from crd_gen.markers.base import Check
from crd_gen.schema.alternatives import BY_KIND, alternatives_for

# Validators and serializers of this package's base classes, which agree with the generated schema.
_OWN = {"CustomResource.is_of_this_kind", "Node.run_rules", "Node.omit_absent"}
# Kinds of core schema that do not name the type of the field.
_WRAPPERS = {"lax-or-strict", "json-or-python", "is-instance", "custom-error", "generator"}


def unwrap_validator(core: Schema, at: Location) -> Schema:
    """Return the schema within a validator of this package. Raises UnmappableError for any other."""
    function = core["function"].get("function") if isinstance(core["function"], dict) else None
    if isinstance(function, Check) or _is_own(function):
        inner: Schema = core["schema"]
        return inner
    if alternatives := alternatives_for(at.annotation):
        raise at.error(f"{type_name(at.annotation)} has no exact structural equivalent", *alternatives)
    name = getattr(function, "__qualname__", None) or repr(function)
    raise at.error(f"the validator {name} runs only in Python", *BY_KIND["function"])


def check_serializer(core: Schema, at: Location) -> None:
    """Check that a core schema has no serializer but this package's. Raises UnmappableError."""
    serialization = core.get("serialization")
    if not serialization or _is_own(serialization.get("function")):
        return
    if alternatives := alternatives_for(at.annotation):
        raise at.error(f"{type_name(at.annotation)} has no exact structural equivalent", *alternatives)
    raise at.error("a serializer writes a value other than the validated one", "store the value as it is")


def describe(core: Schema, at: Location) -> str:
    """Return the name of a core schema for messages."""
    if core["type"] in _WRAPPERS and at.annotation is not None:
        return type_name(at.annotation)
    cls = core.get("cls")
    return f"{core['type']} ({cls.__name__})" if isinstance(cls, type) else str(core["type"])


def type_name(annotation: Any) -> str:
    """Return an annotation as its author wrote it."""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def _is_own(function: Any) -> bool:
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    return module.startswith("crd_gen.") and name in _OWN
