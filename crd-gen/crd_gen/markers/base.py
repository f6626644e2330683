"""The base of all markers.

A marker goes into `Annotated`, after pydantic's own constraints, and is stored in the metadata of the core
schema. The schema is generated from the same tree that pydantic validates with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

KEY: Final = "crd_gen"


class Check:
    """A validator in Python with the API server's verdict, called with a value of the right type."""

    def __init__(self, accepts: Callable[[Any], bool], message: str) -> None:
        self.accepts, self.message = accepts, message

    def __call__(self, value: Any) -> Any:
        """Return the value. Raises ValueError if it is not accepted."""
        if value is not None and not self.accepts(value):
            raise ValueError(self.message)
        return value


class Marker:
    """Base of all annotations."""

    def check(self) -> Check | None:
        """Return what pydantic must check in addition to accept what the API server accepts."""
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if check := self.check():
            schema = core_schema.no_info_after_validator_function(check, schema)
        inner = (schema.get("metadata") or {}).get(KEY, ())
        marked: Any = {**schema, "metadata": {**(schema.get("metadata") or {}), KEY: (*inner, self)}}
        return marked  # type: ignore[no-any-return]


def has_marker(markers: Iterable[Marker], kind: type[Marker]) -> bool:
    """Return True if one of the markers is of a kind."""
    return any(isinstance(marker, kind) for marker in markers)
