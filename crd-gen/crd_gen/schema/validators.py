"""Validators and serializers in Python, and types that pydantic builds from them."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

from pydantic import BaseModel

from crd_gen.keywords import Schema
from crd_gen.location import Location
from crd_gen.markers.base import Check, Marker
from crd_gen.markers.python_only import PythonOnly
from crd_gen.schema.alternatives import BY_KIND, CONSTRAINTS, IN_PYTHON, MOVED, alternatives_for
from crd_gen.source import source_of

# Validators and serializers of this package's base classes, which agree with the generated schema.
_OWN = {"CustomResource.is_of_this_kind", "Node.run_rules", "Node.omit_absent"}
# Kinds of core schema that do not name the type of the field.
_WRAPPERS = {"lax-or-strict", "json-or-python", "is-instance", "custom-error", "generator"}
# Methods that change or check an object when it is read.
_METHODS = ("model_post_init", "__init__", "__new__", "__get_pydantic_json_schema__")


def unwrap_validator(core: Schema, at: Location) -> Schema:
    """Return the schema within a validator, and report one that is neither ours nor declared PythonOnly.

    Raises UnmappableError for a type that pydantic builds from functions.
    """
    function = core["function"].get("function") if isinstance(core["function"], dict) else None
    inner: Schema | None = core.get("schema")
    if inner is not None and (isinstance(function, Check) or _is_own(function) or _is_enum_value(function)):
        return inner
    if inner is not None and (constraint := _constraint(function)):
        at.refuse(
            f"{constraint} is not a constraint of this type", *CONSTRAINTS.get(_innermost(inner), MOVED)
        )
        return inner
    name = getattr(function, "__qualname__", None) or type(function).__name__
    if inner is not None and (reason := _reason(function, at)):
        declare(name, reason, at, getattr(function, "__name__", ""))
        return inner
    if alternatives := alternatives_for(at.annotation):
        raise at.error(f"{type_name(at.annotation)} has no exact structural equivalent", *alternatives)
    problem = f"the validator {name} runs only in Python"
    if inner is None:
        raise at.error(problem, *BY_KIND["function"])
    at.refuse(problem, *BY_KIND["function"])
    return inner


def _constraint(function: Any) -> str:
    """Return the constraint of Field that a function of pydantic checks; "" for any other function."""
    if not isinstance(function, partial) or not function.func.__module__.startswith("pydantic."):
        return ""
    return f"Field({', '.join(f'{word}={value!r}' for word, value in function.keywords.items())})"


def _innermost(core: Schema) -> str:
    """Return the kind of the core schema within validators."""
    while core["type"].startswith("function-") and "schema" in core:
        core = core["schema"]
    return str(core["type"])


def check_methods(model: type[BaseModel], at: Location) -> None:
    """Report the methods of a model that check or change an object in Python."""
    for name in _METHODS:
        owner = next((cls for cls in model.__mro__ if name in vars(cls)), object)
        method = vars(owner).get(name)
        is_theirs = owner.__module__.partition(".")[0] not in ("pydantic", "builtins", "crd_gen", "typing")
        # What private attributes and @deprecated add changes no value.
        added = getattr(method, "__name__", "") == "init_private_attributes" or (
            name == "__new__" and "__deprecated__" in vars(owner)
        )
        if not is_theirs or added:
            continue
        if reason := _model_reason(model, name):
            declare(f"{owner.__name__}.{name}", reason, at, name)
        else:
            at.refuse(f"{owner.__name__}.{name} runs only in Python", *BY_KIND["function"])


def declare(name: str, reason: str, at: Location, method: str = "") -> None:
    """Record a check that stays in Python."""
    source = source_of(at.owner, method) or at.source
    where = f"{source}: " if source else ""
    line = f"{where}{name} runs only in Python: {reason}"
    if line not in at.report.python_only:
        at.report.python_only.append(line)


def _reason(function: Any, at: Location) -> str:
    return at.python_only or _model_reason(at.owner, getattr(function, "__name__", ""))


def _model_reason(model: type | None, method: str) -> str:
    declared = [rule for rule in rules_of(model) if isinstance(rule, PythonOnly)]
    return next((rule.reason for rule in declared if rule.covers(method)), "")


def rules_of(model: type | None) -> tuple[Marker, ...]:
    """Return the rules of a model; a plain BaseModel may use the name for something else."""
    declared = getattr(model, "rules", ())
    if not isinstance(declared, tuple | list) or not any(isinstance(rule, Marker) for rule in declared):
        return ()
    return tuple(declared)


def check_serializer(core: Schema, at: Location) -> None:
    """Report a serializer, since it writes a value other than the validated one."""
    serialization = core.get("serialization")
    if not serialization:
        return
    function = serialization.get("function")
    validator = core.get("function")
    is_enum_value = isinstance(validator, dict) and _is_enum_value(validator.get("function"))
    if _is_own(function) or is_enum_value:
        return
    if alternatives := alternatives_for(at.annotation):
        raise at.error(f"{type_name(at.annotation)} has no exact structural equivalent", *alternatives)
    if reason := _reason(function, at):
        declare(getattr(function, "__qualname__", "a serializer"), reason, at)
        return
    at.refuse(
        "a serializer writes a value other than the validated one",
        "store the value as it is",
        IN_PYTHON,
    )


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
    return (module or "").startswith("crd_gen.") and name in _OWN


def _is_enum_value(function: Any) -> bool:
    """Return True for what use_enum_values adds: on the wire, a member is its value anyway."""
    return isinstance(function, attrgetter) and repr(function) == "operator.attrgetter('value')"
