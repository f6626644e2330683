"""What pydantic does in Python only: validators, serializers, and types made of them."""

from __future__ import annotations

from typing import Any

from crd_gen.markers import Check
from crd_gen.place import Place, Schema
from crd_gen.ways import WAYS_OUT, ways_for

# Validators and serializers of our own bases: known not to change a verdict or a document.
OWN = {"CustomResource.is_of_this_kind", "Node.run_rules", "Node.omit_absent"}
# Kinds of core schema that say nothing about the type that the field was given.
NAMELESS = {"lax-or-strict", "json-or-python", "is-instance", "custom-error", "generator"}


def unwrapped(core: Schema, at: Place) -> Schema:
    """Give what is below a validator that is ours; refuse any other."""
    function = core["function"].get("function") if isinstance(core["function"], dict) else None
    if isinstance(function, Check) or _is_own(function):
        inner: Schema = core["schema"]
        return inner
    if ways := ways_for(at.annotation):
        raise at.refuse(f"{type_name(at.annotation)} has no exact structural equivalent", *ways)
    name = getattr(function, "__qualname__", None) or repr(function)
    raise at.refuse(f"the validator {name} exists in Python only", *WAYS_OUT["function"])


def refuse_serializer(core: Schema, at: Place) -> None:
    """Refuse a serializer that is not ours."""
    serialization = core.get("serialization")
    if not serialization or _is_own(serialization.get("function")):
        return
    if ways := ways_for(at.annotation):
        raise at.refuse(f"{type_name(at.annotation)} has no exact structural equivalent", *ways)
    raise at.refuse("a serializer writes another value than was read", "store the value as it is read")


def name_of(core: Schema, at: Place) -> str:
    """Name a core schema for a person."""
    if core["type"] in NAMELESS and at.annotation is not None:
        return type_name(at.annotation)
    cls = core.get("cls")
    return f"{core['type']} ({cls.__name__})" if isinstance(cls, type) else str(core["type"])


def type_name(annotation: Any) -> str:
    """Write an annotation as its author did."""
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def _is_own(function: Any) -> bool:
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    return module.startswith("crd_gen.") and name in OWN
