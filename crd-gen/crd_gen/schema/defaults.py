"""Defaults as JSON."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

from crd_gen.keywords import Schema
from crd_gen.location import Location


def defaults_to_none(core: Schema) -> bool:
    """Return True if the default of a core schema is None, which means that the field may be absent."""
    return core["type"] == "default" and "default_factory" not in core and core.get("default") is None


def default_value(core: Schema, at: Location) -> Any:
    """Return the default of a core schema as JSON. Raises UnmappableError if it is not constant JSON."""
    factory = core.get("default_factory")
    if factory and (core.get("default_factory_takes_data") or not _is_constant(factory)):
        raise at.error(
            "a default factory can return a different value each time", "use a constant: default=..."
        )
    value = factory() if factory else core["default"]
    try:
        wire = to_jsonable_python(value, by_alias=True)
        json.dumps(wire, allow_nan=False)
    except (PydanticSerializationError, ValueError) as error:
        raise at.error(f"the default {value!r} is not valid JSON: {error}") from error
    return wire


def _is_constant(factory: Any) -> bool:
    return factory in (list, dict) or (isinstance(factory, type) and issubclass(factory, BaseModel))
