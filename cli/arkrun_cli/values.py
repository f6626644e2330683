"""Values of JSON whose type nobody guarantees, as the type that is needed."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def as_object(value: object) -> Json:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_objects(value: object) -> list[Json]:
    """Return the objects of a list."""
    return [each for each in as_list(value) if isinstance(each, dict)]


def as_text(value: object) -> str:
    """Return a text as it is, null as an empty text, and anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_number(value: object) -> int:
    """Return a whole number, also one that is written as 5.0; 0 for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
