"""Defaults as JSON."""

from __future__ import annotations

import builtins
import enum
import json
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from crd_gen.keywords import PRESERVE_UNKNOWN, Schema
from crd_gen.location import Location
from crd_gen.markers.base import Check

_CONSTANTS = (list, dict, set, frozenset, tuple, str, int, float, bool)


def defaults_to_none(core: Schema) -> bool:
    """Return True if the default of a core schema is None, which means that the field may be absent."""
    return core["type"] == "default" and "default_factory" not in core and core.get("default") is None


def default_value(core: Schema, schema: Schema, checks: Iterable[Check], at: Location) -> Any:
    """Return the default of a core schema as JSON. Raises UnmappableError if it is not constant JSON.

    A null for a field that is not nullable means that the field is absent. A default that fails one of the
    field's own checks is reported: the server rejects the definition, or every object without the field.
    """
    value = _made(core, at) if "default_factory" in core else core["default"]
    for check in checks:
        try:
            check(value)
        except ValueError as error:
            at.refuse(f"the default {value!r} is invalid: {error}", "a default that the type accepts")
        except (TypeError, AttributeError):  # a default of another type, which is a finding about the schema
            continue
    try:
        wire = to_jsonable_python(value, by_alias=True)
        json.dumps(wire, allow_nan=False)
    except (PydanticSerializationError, ValueError) as error:
        raise at.error(
            f"the default {value!r} is not valid JSON: {error}", "a default that JSON can express"
        ) from error
    return _without_nulls(wire, schema)


def _made(core: Schema, at: Location) -> Any:
    factory = core["default_factory"]
    if core.get("default_factory_takes_data"):
        raise at.error(
            "the default factory reads other fields, and the server has one default for all objects",
            "T | None = None, and the code that uses the field computes the value",
        )
    name = getattr(factory, "__name__", repr(factory))
    if not _is_constant(factory):
        raise at.error(
            "a default factory can return a different value each time", "use a constant: default=..."
        )
    try:
        return factory()
    except ValidationError as error:
        missing = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
        problem = f"the default factory {name} cannot be called: {'; '.join(missing)}"
    except Exception as error:  # noqa: BLE001 - anything that the author's function raises
        problem = f"the default factory {name} cannot be called: {error}"
    raise at.error(problem, "default_factory=lambda: ... with all required fields", "no default")


def _is_constant(factory: Any) -> bool:
    """Return True if a factory is a type with a constant value, or a function that uses only such types."""
    if isinstance(factory, type):
        return factory in _CONSTANTS or issubclass(factory, BaseModel)
    if not isinstance(factory, FunctionType):
        return False
    code = factory.__code__
    if code.co_argcount or code.co_freevars:
        return False
    names = [factory.__globals__.get(name, getattr(builtins, name, None)) for name in code.co_names]
    enums = [value for value in names if isinstance(value, type) and issubclass(value, enum.Enum)]
    members = {member for value in enums for member in value.__members__}
    return all(
        value in enums or name in members or (isinstance(value, type) and _is_constant(value))
        for name, value in zip(code.co_names, names, strict=True)
    )


def _without_nulls(value: Any, schema: Schema) -> Any:
    """Return a default without the nulls that the server would drop."""
    if isinstance(value, list):
        return [_without_nulls(item, schema.get("items", {})) for item in value]
    if not isinstance(value, dict):
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    preserves = bool(schema.get(PRESERVE_UNKNOWN))
    children = {name: properties.get(name, others if isinstance(others, dict) else None) for name in value}
    return {
        name: _without_nulls(inner, children[name] or {})
        for name, inner in value.items()
        if inner is not None or (preserves if children[name] is None else children[name].get("nullable"))
    }
