"""Deterministic YAML that Go's YAML 1.1 parsers read as it was written.

PyYAML is not used, since it leaves y, n, 1e3 and 0o7 unquoted, which Go does not read as strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# Characters that are not printable in YAML 1.1 (5.1), or are line breaks.
_ESCAPED = r"\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"

# A plain scalar starts with a letter, has no YAML syntax, and is not a boolean or null in YAML 1.1. Any other
# string is quoted.
_PLAIN = re.compile(rf"[A-Za-z](?:[^\x00-\x1f{_ESCAPED}:#]|:(?! |\Z)|(?<! )#)*(?<! )\Z")
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_UNPRINTABLE = re.compile(rf"[{_ESCAPED}]")
_QUOTABLE = re.compile(rf"[^\x00-\x1f{_ESCAPED}]*\Z")


def dump(document: Any) -> str:
    """Return a document with sorted keys."""
    return "".join(f"{line}\n" for line in _lines(document, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of a value that starts on a line of its own."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _entry(f"{indent}{_scalar(key)}:", value[key], indent)
    elif isinstance(value, list) and value:
        inside = f"{indent}  "
        for item in value:
            lines = _entry(inside, item, inside) if _is_block(item) else _lines(item, inside)
            yield f"{indent}- {next(lines).lstrip()}"
            yield from lines
    else:
        yield f"{indent}{_scalar(value)}"


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    inside = f"{indent}  "
    if _is_block(value):
        yield f"{key} |" if value.endswith("\n") else f"{key} |-"
        yield from (f"{inside}{line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif isinstance(value, dict | list) and value:
        yield key
        yield from _lines(value, inside)
    else:
        yield f"{key} {_scalar(value)}"


def _is_block(value: Any) -> bool:
    """Return True if a string is written as a block: lines without escapes or an indentation indicator."""
    if not isinstance(value, str) or "\n" not in value.removesuffix("\n") or value.endswith("\n\n"):
        return False
    lines = value.split("\n")
    return bool(lines[0]) and lines[0][0] != " " and all(_QUOTABLE.match(line) for line in lines)


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        # YAML 1.1 reads 1e-05 as a string: a float needs a point.
        mantissa, power, exponent = repr(value).partition("e")
        return f"{mantissa}{'' if '.' in mantissa else '.0'}{power}{exponent}"
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.match(value) and value.lower() not in _RESERVED:
        return value
    if _QUOTABLE.match(value):
        return "'" + value.replace("'", "''") + "'"
    # Not only ASCII: YAML has no surrogate pairs.
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
