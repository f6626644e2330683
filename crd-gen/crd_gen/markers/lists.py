"""Markers of lists whose items are unique."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from crd_gen.markers.base import Check, Marker


@dataclass(frozen=True)
class SetList(Marker):
    """Items are unique; server-side apply merges item by item."""

    def check(self) -> Check:
        """Return the check for equal items."""
        return Check(lambda items: _are_unique([_hashable(item) for item in items]), "items must be unique")


@dataclass(frozen=True)
class MapList(Marker):
    """Items are objects identified by the given JSON fields, which server-side apply merges by."""

    keys: tuple[str, ...]

    def __init__(self, *keys: str) -> None:
        object.__setattr__(self, "keys", keys)

    def check(self) -> Check:
        """Return the check for items with the same keys."""
        message = f"items must be unique by {', '.join(self.keys)}"
        return Check(lambda items: _are_unique([self.identity(item) for item in items]), message)

    def identity(self, item: Any) -> Hashable:
        """Return the values of an item's key fields."""
        wire = item.model_dump(by_alias=True, mode="json")
        return tuple(_hashable(wire.get(key)) for key in self.keys)


def _hashable(value: Any) -> Hashable:
    if isinstance(value, dict):
        return frozenset((name, _hashable(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(_hashable(inner) for inner in value)
    if hasattr(value, "model_dump"):
        return _hashable(value.model_dump(by_alias=True, mode="json"))
    # JSON distinguishes true from 1, Python does not.
    return (type(value).__name__ if isinstance(value, bool) else "", value)


def _are_unique(values: list[Hashable]) -> bool:
    return len(set(values)) == len(values)
