"""JSON equality.

- The order of keys does not count, the order of a list does.
- `true` is not 1, and "1" is not 1.
- 1 and 1.0 are equal: JSON has no integer type (RFC 8259, 6), and the API server writes 1.0 as 1.
- Absent, null and empty are different.
- Of a repeated key the last value counts, as in the API server.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from arkrun_webhook.compare.raw_json import ABSENT

_OMITTED = tuple(map(Raw, (b"", b"null", b'""', b"[]", b"{}", b"0")))


def same(left: Raw, right: Raw) -> bool:
    """Return True if two undecoded values are equal; raises one of BAD_JSON if one is not JSON."""
    if left == right:
        return True
    if ABSENT in (left, right):
        return False
    return equal(msgspec.json.decode(left), msgspec.json.decode(right))


def is_set(value: Raw) -> bool:
    """Return False for a value that a Go client with `omitempty` would leave out."""
    return value not in _OMITTED


def equal(left: Any, right: Any) -> bool:
    """Return True if two decoded values are equal."""
    if isinstance(left, dict):
        return isinstance(right, dict) and _equal_objects(left, right)
    if isinstance(left, list):
        return (
            isinstance(right, list)
            and len(left) == len(right)
            and all(equal(a, b) for a, b in zip(left, right, strict=True))
        )
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _equal_objects(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
