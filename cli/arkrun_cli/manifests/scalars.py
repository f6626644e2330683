"""What a scalar of YAML means to kubectl, whose parser is a mix of YAML 1.1 and 1.2."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from math import copysign, inf, isfinite
from typing import Any

PREFIX = "tag:yaml.org,2002:"

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d?-\d\d?([Tt ]\d\d?:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_BASES = (16, 2, 8, 10)
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "null": (type(None),),
}


def resolve(text: str, tag: str | None, *, is_plain: bool) -> Any:
    """Return the value of a scalar. Raises ValueError if it does not fit its tag."""
    if tag is None:
        return _resolve_plain(text) if is_plain else text
    name = tag.removeprefix(PREFIX) if tag.startswith(PREFIX) else ""
    if name == "binary":
        return _decode(text)
    if name == "timestamp" and not _TIMESTAMP.fullmatch(text):
        raise ValueError(f'cannot read "{text}" as !!timestamp')
    if name not in _TYPES:
        return text
    value = _resolve_plain(text)
    if type(value) not in _TYPES[name]:
        raise ValueError(f'cannot read "{text}" as !!{name}')
    return value


def _resolve_plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == "." and _FLOAT.fullmatch(text):
        return _finite(text)
    if text[0] in "+-0123456789":
        return _number(text)
    return text


def _number(text: str) -> Any:
    digits = text.replace("_", "")
    if match := _INTEGER.fullmatch(digits):
        sign, *written = match.groups()
        base, number = next((base, each) for base, each in zip(_BASES, written, strict=True) if each)
        value = _integer(number, base)
        if value is not None and (sign != "-" or -value >= _SMALLEST) and value <= _LARGEST:
            return -value if sign == "-" else value
    return _finite(digits, text) if _FLOAT.fullmatch(digits) else text


def _integer(digits: str, base: int) -> int | None:
    """Return the number; None if it has more digits than Python converts."""
    try:
        return int(digits, base)
    except ValueError:
        return None


def _finite(digits: str, text: str | None = None) -> Any:
    """Return the number, or the text if it is too large to be one."""
    value = float(digits)
    return value if abs(value) < float("inf") else (text or digits)


def _decode(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except binascii.Error as error:
        raise ValueError(f"!!binary is not base64: {error}") from None
    return data.decode(errors="replace")


def json_number(value: float) -> float | int:
    """Return a number as the API server gets it: an integer if it is whole and has 64 bits, else a float.

    Raises ValueError for what JSON has no number for.
    """
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"JSON has no number {value}")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return value


def format_float(value: float) -> str:
    """Format a float as Go's strconv.FormatFloat(value, 'g', -1, 32)."""
    single = _single(value)
    if not isfinite(single):
        return {"inf": ".inf", "-inf": "-.inf"}.get(str(single), ".nan")
    text = next(text for digits in range(9) if _single(float(text := f"{single:.{digits}e}")) == single)
    mantissa, exponent = text.split("e")
    fraction = len(mantissa.partition(".")[2]) - int(exponent)
    return f"{float(text):.{max(fraction, 0)}f}" if -4 <= int(exponent) < 6 else text  # noqa: PLR2004 - Go's bounds


def _single(value: float) -> float:
    """Return the nearest number of 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return copysign(inf, value)
