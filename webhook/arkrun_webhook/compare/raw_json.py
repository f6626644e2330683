"""Undecoded JSON values (msgspec.Raw), decoded one level at a time where that is needed."""

from __future__ import annotations

import msgspec
from msgspec import Raw

ABSENT = Raw(b"")
"""The value of an absent member; JSON null is `Raw(b"null")`."""

NOTHING = (ABSENT, Raw(b"null"))

BAD_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Exceptions of decoding: malformed, wrong type, not UTF-8, nested too deeply."""

members = msgspec.json.Decoder(dict[str, Raw]).decode
items = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode


def raw(value: object) -> Raw:
    """Encode a value as JSON."""
    return Raw(_encode(value))


def first_byte(value: Raw) -> bytes:
    """Return the first byte of a value, which tells its type."""
    return bytes(memoryview(value)[:1])
