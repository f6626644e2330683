"""JSON values that stay the bytes they came in, decoded one level at a time.

A span is `msgspec.Raw`: what no rule looks at is never decoded.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

ABSENT = Raw(b"")
"""The value of a member that is not there; JSON null is `Raw(b"null")`."""

NOTHING = (ABSENT, Raw(b"null"))

BAD_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a span may raise: malformed, wrong type, not UTF-8, nested too deep."""

members = msgspec.json.Decoder(dict[str, Raw]).decode
items = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode


def raw(value: object) -> Raw:
    """Encode a value as JSON."""
    return Raw(_encode(value))


def first_byte(span: Raw) -> bytes:
    """Return `{`, `[`, a quote, or the first byte of something else."""
    return bytes(memoryview(span)[:1])
