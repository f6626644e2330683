"""Defaults, as JSON."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

from crd_gen.place import Place, Schema


def says_absent(core: Schema) -> bool:
    """Tell whether the default of a core schema is None, which stands for a field that is not there."""
    return core["type"] == "default" and "default_factory" not in core and core.get("default") is None


def default_of(core: Schema, at: Place) -> Any:
    """Give the default of a core schema as JSON."""
    factory = core.get("default_factory")
    if factory and (core.get("default_factory_takes_data") or not _is_constant(factory)):
        raise at.refuse(
            "a default factory may give another value each time", "give the value itself: default=..."
        )
    value = factory() if factory else core["default"]
    try:
        written = to_jsonable_python(value, by_alias=True)
        json.dumps(written, allow_nan=False)
    except (PydanticSerializationError, ValueError) as error:
        raise at.refuse(f"the default {value!r} cannot be written as JSON: {error}") from error
    return written


def _is_constant(factory: Any) -> bool:
    return factory in (list, dict) or (isinstance(factory, type) and issubclass(factory, BaseModel))
