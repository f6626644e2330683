"""The canonical form of a JSON value: one sequence of bytes for all texts that mean the same.

Object keys are sorted by code point, there is no whitespace, and each number has one spelling. docs/seal.md
defines the form for other languages.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec

__all__ = ["MAX_BYTES", "MAX_DEPTH", "CanonicalError", "canonical", "digest"]

MAX_DEPTH = 256
MAX_BYTES = 4 * 1024 * 1024

# Within these bounds repr() writes a float without an exponent, as ECMAScript does.
_POSITIONAL_FROM = 1e-4
# ECMAScript writes an exponent below this bound.
_EXPONENT_BELOW = 1e-6
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

_encode = msgspec.json.Encoder(order="deterministic").encode


class CanonicalError(ValueError):
    """A value has no canonical form: it is too deep or too large, or contains what JSON cannot express."""


def canonical(value: Any) -> bytes:
    """Return the canonical form. Raises CanonicalError."""
    try:
        text = _encode(_normalized(value, MAX_DEPTH))
    except (TypeError, UnicodeEncodeError) as error:
        raise CanonicalError(f"not JSON: {error}") from None
    if len(text) > MAX_BYTES:
        raise CanonicalError(f"{len(text)} bytes are more than the limit of {MAX_BYTES}")
    return text


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical form in lower-case hexadecimal. Raises CanonicalError."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _normalized(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if _INT64_MIN <= value <= _INT64_MAX else _number(_float(value))
    if kind is float:
        return _number(value)
    if depth == 0:
        raise CanonicalError(f"nested more than {MAX_DEPTH} levels deep")
    if kind is dict:
        return {key: _normalized(inner, depth - 1) for key, inner in value.items()}
    if kind is list:
        return [_normalized(inner, depth - 1) for inner in value]
    raise CanonicalError(f"not JSON: a {kind.__name__}")


def _float(value: int) -> float:
    """Return an integer beyond 64 bits as the API server reads it: as a float."""
    try:
        return float(value)
    except OverflowError:
        raise CanonicalError("a number is out of range") from None


def _number(value: float) -> msgspec.Raw:
    """Return a float as a whole number, else in the shortest form that reads back as the same float."""
    if not math.isfinite(value):
        raise CanonicalError("a number is not finite")
    if value.is_integer():
        return msgspec.Raw(str(int(value)).encode())
    text = repr(value)
    if abs(value) < _POSITIONAL_FROM:
        text = _ecmascript(text)
    return msgspec.Raw(text.encode())


def _ecmascript(text: str) -> str:
    """Rewrite repr's scientific notation: 0.0000025 down to 1e-6, 2.5e-7 below."""
    mantissa, _, exponent = text.partition("e")
    sign, digits = mantissa[: mantissa.startswith("-")], mantissa.removeprefix("-").replace(".", "")
    if abs(float(text)) < _EXPONENT_BELOW:
        return f"{mantissa}e{int(exponent)}"
    return f"{sign}0.{'0' * (-int(exponent) - 1)}{digits}"
