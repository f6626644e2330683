"""JSON values that stay the bytes they came in, taken apart one level at a time.

A span is `msgspec.Raw`: what no rule looks at is never decoded. Each costs 64 bytes, so a list or an object
is taken apart only where its parts are asked for: `[0,0,…]` is short, and has many.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

ABSENT = Raw(b"")
"""The value of a member that is not there; JSON null is `Raw(b"null")`."""

NOTHING = (ABSENT, Raw(b"null"))

Spec = dict[str, Raw] | Raw
"""A spec: its members, or all of it where it is no object."""

BAD_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a span may raise: malformed, wrong type, not UTF-8, nested too deep."""

members = msgspec.json.Decoder(dict[str, Raw]).decode
items = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode


def raw(value: object) -> Raw:
    """Give a value as the bytes of its JSON."""
    return Raw(_encode(value))


def whole(spec: Spec) -> Raw:
    """Give a spec as one span."""
    return spec if isinstance(spec, Raw) else raw(spec)


def size(spec: Spec) -> int:
    """Tell how many bytes a spec has as JSON, without writing it."""
    if isinstance(spec, Raw):
        return len(spec)
    return len(raw(dict.fromkeys(spec, 0))) + sum(map(len, spec.values())) - len(spec)


def first_difference(one: bytes, other: bytes) -> int:
    """Count the bytes with which both begin, by halves: bytes are compared much faster than one by one."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def first_byte(span: Raw) -> bytes:
    """Tell what kind of value a span is: `{`, `[`, a quote, or something else."""
    return bytes(memoryview(span)[:1])
