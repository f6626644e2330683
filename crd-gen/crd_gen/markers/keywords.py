"""Markers that set a keyword of the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crd_gen.keywords import LIST_TYPE, MAP_TYPE, PRESERVE_UNKNOWN
from crd_gen.markers.base import Check, Marker


@dataclass(frozen=True)
class Keyword(Marker):
    """A keyword of the schema with a constant value."""

    name: str
    value: bool | str


def PreserveUnknown() -> Keyword:  # noqa: N802 - reads as an annotation
    """Preserve fields that the schema does not declare (x-kubernetes-preserve-unknown-fields)."""
    return Keyword(PRESERVE_UNKNOWN, True)


def AtomicMap() -> Keyword:  # noqa: N802
    """Replace the map as a whole in server-side apply."""
    return Keyword(MAP_TYPE, "atomic")


def GranularMap() -> Keyword:  # noqa: N802
    """Merge the map key by key in server-side apply, which is the default."""
    return Keyword(MAP_TYPE, "granular")


def AtomicList() -> Keyword:  # noqa: N802
    """Replace the list as a whole in server-side apply."""
    return Keyword(LIST_TYPE, "atomic")


@dataclass(frozen=True)
class EmbeddedResource(Marker):
    """A complete Kubernetes object with apiVersion and kind, whose metadata the server validates."""

    def check(self) -> Check:
        """Return the check of apiVersion and kind (apiextensions, objectmeta/validation.go)."""
        return Check(_is_resource, "must have a valid apiVersion and kind")


@dataclass(frozen=True)
class IntOrString(Marker):
    """On `int | str`: an integer or a string (x-kubernetes-int-or-string)."""


@dataclass(frozen=True)
class Nullable(Marker):
    """Null is a value of its own, which the server stores and distinguishes from an absent field."""


@dataclass(frozen=True)
class NotNull(Marker):
    """On Any: any value but null, which the server treats as absent."""

    def check(self) -> Check:
        """Return the check that the value is not None."""
        return _RefuseNone(lambda _value: True, "must not be null")


class _RefuseNone(Check):
    def __call__(self, value: Any) -> Any:
        if value is None:
            raise ValueError(self.message)
        return value


_KIND = re.compile(r"[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?")


def _is_resource(value: Any) -> bool:
    wire: dict[str, Any] = value if isinstance(value, dict) else value.model_dump(by_alias=True, mode="json")
    api_version, kind = wire.get("apiVersion"), wire.get("kind")
    if not (isinstance(api_version, str) and isinstance(kind, str)):
        return False
    return bool(api_version and api_version.count("/") <= 1 and _KIND.fullmatch(kind))
