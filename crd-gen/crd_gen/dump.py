"""YAML with the same bytes every time, which Go's YAML 1.1 parsers read as Python wrote it.

Written by hand, because JSON's few types need no library, and a library's choice between plain and
quoted is what breaks in Go: PyYAML leaves y, n, 1e3 and 0o7 bare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

# What is no printable character in YAML 1.1 (5.1), or ends a line there.
_ESCAPED = r"\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"

# A scalar is bare only if it starts with a letter, has nothing that YAML gives a meaning to, and
# is no word that YAML 1.1 reads as a boolean or null. All else is quoted without asking.
_BARE = re.compile(rf"[A-Za-z](?:[^\x00-\x1f{_ESCAPED}:#]|:(?! |\Z)|(?<! )#)*(?<! )\Z")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_UNPRINTABLE = re.compile(rf"[{_ESCAPED}]")
_QUOTABLE = re.compile(rf"[^\x00-\x1f{_ESCAPED}]*\Z")


def dump(document: Any) -> str:
    """Write one document: keys sorted, lists as they are."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(value: Any) -> Iterator[str]:
    """Give the lines of a value that starts on a line of its own."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _entry(f"{_scalar(key)}:", value[key])
    elif isinstance(value, list) and value:
        for item in value:
            first, *rest = _lines(item) if not _is_block(item) else _entry("", item)
            yield f"- {first.lstrip()}"
            yield from (f"  {line}" if line else "" for line in rest)
    else:
        yield _scalar(value)


def _entry(head: str, value: Any) -> Iterator[str]:
    if _is_block(value):
        yield f"{head} |" if value.endswith("\n") else f"{head} |-"
        yield from (f"  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif isinstance(value, dict | list) and value:
        yield head
        yield from (f"  {line}" if line else "" for line in _lines(value))
    else:
        yield f"{head} {_scalar(value)}"


def _is_block(value: Any) -> bool:
    """Tell whether a text is read best as a block: lines that need no quotes and no indentation mark."""
    if not isinstance(value, str) or "\n" not in value.removesuffix("\n") or value.endswith("\n\n"):
        return False
    lines = value.split("\n")
    return bool(lines[0]) and lines[0][0] != " " and all(_QUOTABLE.match(line) for line in lines)


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        # YAML 1.1 takes 1e-05 for a word: a float needs its point.
        mantissa, power, exponent = repr(value).partition("e")
        return f"{mantissa}{'' if '.' in mantissa else '.0'}{power}{exponent}"
    if not isinstance(value, str):
        return json.dumps(value)
    if _BARE.match(value) and value.lower() not in _WORDS:
        return value
    if _QUOTABLE.match(value):
        return "'" + value.replace("'", "''") + "'"
    # Not ASCII only: YAML has no surrogate pairs.
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
