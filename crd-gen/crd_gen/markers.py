"""Annotations that say in pydantic what only a Kubernetes schema knows.

A marker goes into `Annotated`, after pydantic's own constraints, and travels in the metadata of
the core schema: the tree that is mapped is the very tree that validates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from crd_gen import regex, strfmt

KEY: Final = "crd_gen"

Reason = Literal["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"]


class Check:
    """The Python twin of a marker: called with a value that has the right type already."""

    def __init__(self, accepts: Callable[[Any], bool], message: str) -> None:
        self.accepts, self.message = accepts, message

    def __call__(self, value: Any) -> Any:
        """Give the value back, or raise ValueError."""
        if value is not None and not self.accepts(value):
            raise ValueError(self.message)
        return value


class Marker:
    """Base of all annotations."""

    def check(self) -> Check | None:
        """Give what pydantic must check so that its verdict is the API server's."""
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if check := self.check():
            schema = core_schema.no_info_after_validator_function(check, schema)
        carried = (schema.get("metadata") or {}).get(KEY, ())
        marked: Any = {**schema, "metadata": {**(schema.get("metadata") or {}), KEY: (*carried, self)}}
        return marked  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Rule(Marker):
    """One entry of x-kubernetes-validations; its fields are documented with that keyword.

    check is the same rule in Python, run when an object is created; a transition rule (one
    that reads oldSelf) needs none, because a new object has no old self.
    """

    rule: str
    message: str = ""
    message_expression: str = ""
    reason: Reason | None = None
    field_path: str = ""
    optional_old_self: bool = False
    accepts: Callable[[Any], bool] | None = None

    def check(self) -> Check | None:
        """Run accepts, and say the rule's message when it refuses."""
        return Check(self.accepts, self.message or f"failed rule: {self.rule}") if self.accepts else None

    def wire(self) -> dict[str, Any]:
        """Give the JSON of this entry."""
        said = {
            "rule": self.rule,
            "message": self.message,
            "messageExpression": self.message_expression,
            "reason": self.reason,
            "fieldPath": self.field_path,
            "optionalOldSelf": self.optional_old_self,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Keyword(Marker):
    """Sets one keyword of the schema as it is."""

    name: str
    value: bool | str


def PreserveUnknown() -> Keyword:  # noqa: N802 - reads as an annotation
    """Keep what the schema does not name (x-kubernetes-preserve-unknown-fields)."""
    return Keyword("x-kubernetes-preserve-unknown-fields", True)


def AtomicMap() -> Keyword:  # noqa: N802
    """Server-side apply replaces the map as a whole."""
    return Keyword("x-kubernetes-map-type", "atomic")


def GranularMap() -> Keyword:  # noqa: N802
    """Server-side apply merges the map key by key (the default, said aloud)."""
    return Keyword("x-kubernetes-map-type", "granular")


def AtomicList() -> Keyword:  # noqa: N802
    """Server-side apply replaces the list as a whole."""
    return Keyword("x-kubernetes-list-type", "atomic")


@dataclass(frozen=True)
class SetList(Marker):
    """No item twice; server-side apply merges item by item."""

    def check(self) -> Check:
        """Refuse equal items."""
        return Check(lambda items: _distinct([_hashable(item) for item in items]), "items must be unique")


@dataclass(frozen=True)
class MapList(Marker):
    """Items are objects told apart by the given JSON fields; server-side apply merges by them."""

    keys: tuple[str, ...]

    def __init__(self, *keys: str) -> None:
        object.__setattr__(self, "keys", keys)

    def check(self) -> Check:
        """Refuse two items with the same keys."""
        message = f"items must be unique by {', '.join(self.keys)}"
        return Check(lambda items: _distinct([self.identity(item) for item in items]), message)

    def identity(self, item: Any) -> Hashable:
        """Give the values of the key fields of one item."""
        wire = item.model_dump(by_alias=True, mode="json")
        return tuple(_hashable(wire.get(key)) for key in self.keys)


@dataclass(frozen=True)
class Format(Marker):
    """A format that the API server knows; accepts is its check in Python where strfmt.py has none."""

    name: str
    accepts: Callable[[Any], bool] | None = None

    def check(self) -> Check | None:
        """Run the server's own check of the format."""
        accepts = self.accepts or strfmt.ACCEPTS.get(self.name.replace("-", ""))
        return Check(accepts, f"must be a valid {self.name}") if accepts else None


@dataclass(frozen=True)
class Pattern(Marker):
    r"""A pattern that pydantic reads as Go does: \d, \w and \s are ASCII. Raises ValueError for a faulty one.

    Field(pattern=...) is enough for a pattern that both engines read alike.
    """

    text: str

    def check(self) -> Check:
        """Search for the pattern with RE2, which reads it as Go does."""
        return Check(regex.finder(self.text), f"must match {self.text}")


@dataclass(frozen=True)
class EmbeddedResource(Marker):
    """A whole Kubernetes object: it names its apiVersion and kind, and the server checks its metadata."""

    def check(self) -> Check:
        """Refuse what is no object of Kubernetes (apiextensions, objectmeta/validation.go)."""
        return Check(_is_resource, "must have a valid apiVersion and kind")


@dataclass(frozen=True)
class IntOrString(Marker):
    """On `int | str`: the schema's own union (x-kubernetes-int-or-string)."""


@dataclass(frozen=True)
class Nullable(Marker):
    """Null is a value of its own, kept by the server, and not the same as absent."""


_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?")


def _is_resource(value: Any) -> bool:
    wire: dict[str, Any] = value if isinstance(value, dict) else value.model_dump(by_alias=True, mode="json")
    api_version, kind = wire.get("apiVersion"), wire.get("kind")
    if not (isinstance(api_version, str) and isinstance(kind, str)):
        return False
    return bool(api_version and api_version.count("/") <= 1 and _KIND.fullmatch(kind))


def _hashable(value: Any) -> Hashable:
    if isinstance(value, dict):
        return frozenset((name, _hashable(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(_hashable(inner) for inner in value)
    if hasattr(value, "model_dump"):
        return _hashable(value.model_dump(by_alias=True, mode="json"))
    # JSON tells true from 1, Python does not.
    return (type(value).__name__ if isinstance(value, bool) else "", value)


def _distinct(values: list[Hashable]) -> bool:
    return len(set(values)) == len(values)
