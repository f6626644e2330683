"""What stands in a schema for a class that cannot be changed."""

from __future__ import annotations

from typing import Any

_SUBSTITUTES: dict[Any, Any] = {}


def map_class(cls: Any, to: Any) -> None:
    """Map a class of another library: wherever it is used, the schema is that of the type `to`.

    map_class(IPv4Address, to=Annotated[str, Format("ipv4")])
    """
    _SUBSTITUTES[cls] = to


def substitute(annotation: Any) -> Any:
    """Return the type that a class is mapped to; None if it is not mapped."""
    try:
        return _SUBSTITUTES.get(annotation)
    except TypeError:  # not hashable
        return None
