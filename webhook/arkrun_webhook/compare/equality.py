"""JSON equality as this project means it, decided once.

- Key order means nothing; the order of a list does.
- `true` is not 1, and "1" is not 1.
- 1 and 1.0 are one number: JSON knows no integers (RFC 8259, 6), and the API server writes 1.0 as 1.
- Absent, null and empty are three different things.
- A key that comes twice counts with its last value, as it does in the API server.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from arkrun_webhook.compare.raw_json import ABSENT

_OMITTED = tuple(map(Raw, (b"", b"null", b'""', b"[]", b"{}", b"0")))


def same(left: Raw, right: Raw) -> bool:
    """Compare two spans; raises what `spans.BAD_JSON` names when one is not JSON."""
    if left == right:
        return True
    if ABSENT in (left, right):
        return False
    return equal(msgspec.json.decode(left), msgspec.json.decode(right))


def given(span: Raw) -> bool:
    """Return False for a value that a Go client with `omitempty` would leave out."""
    return span not in _OMITTED


def equal(left: Any, right: Any) -> bool:
    """Compare two decoded JSON values by the rules above."""
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
