"""JSON values that stay the bytes they came in, taken apart one level at a time.

A span is `msgspec.Raw`: what no rule looks at is never decoded.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, Raw, UnsetType

ABSENT = Raw(b"")
"""The value of a member that is not there; JSON null is `Raw(b"null")`."""

NOTHING = (ABSENT, Raw(b"null"))

Parts = dict[str, Raw] | list[Raw] | str | int | float | bool | None
"""Any JSON value, its members or items undecoded."""

BAD_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding a span may raise: malformed, wrong type, not UTF-8, nested too deep."""

_take_apart = msgspec.json.Decoder(Parts).decode
_encode = msgspec.json.Encoder().encode


def raw(value: object) -> Raw:
    """Give a value as the bytes of its JSON; `ABSENT` for `UNSET`."""
    return ABSENT if value is UNSET else Raw(_encode(value))


def parts(span: Raw) -> Parts:
    """Take a JSON value apart; raises msgspec.MsgspecError and the like when it is no JSON."""
    value: Parts = _take_apart(span)
    return value


def size(spec: Parts | UnsetType) -> int:
    """Tell how many bytes a spec has as JSON."""
    if not isinstance(spec, dict):
        return len(raw(spec))
    return len(raw(dict.fromkeys(spec, 0))) + sum(map(len, spec.values())) - len(spec)


def first_byte(span: Raw) -> bytes:
    """Tell what kind of value a span is: `{`, `[`, a quote, or something else."""
    return bytes(memoryview(span)[:1])
