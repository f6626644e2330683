"""What a message shows of a JSON value: a short part that can be printed, and no secret near it."""

from __future__ import annotations

import re

from msgspec import Raw

from arkrun_webhook.compare.text import cut, printable

VALUE_LIMIT = 40
"""Characters of a value that a message shows; prompts are long and may be private."""

LEAD = 16
"""Bytes that an excerpt shows of what two long values have in common, before they differ."""

HIDDEN = "(hidden)"

_REACH = VALUE_LIMIT * 4  # a character has at most four bytes
_LONGEST_WORD = 4096  # a token is a word; a JSON web token is shorter than this

_SECRET = re.compile(
    r"secret|token(?!s)|passw|pwd|credential|authorization|bearer|private[\s_-]key|api[_-]?key|headers|\benv"
    r"|://[^/\s]*@",
    re.IGNORECASE,
)


def excerpt(value: Raw) -> str:
    """Return the beginning of a value; what cannot be printed becomes a question mark."""
    return _shown(bytes(memoryview(value)[:_REACH]))


def excerpt_at(path: str, value: Raw) -> str:
    """Return the beginning of the value at a path, or HIDDEN if either mentions a secret."""
    begin = bytes(memoryview(value)[:_REACH])
    return HIDDEN if _is_hidden(path, begin) else _shown(begin)


def excerpts(path: str, before: Raw, after: Raw) -> tuple[str, str]:
    """Return excerpts of two values that differ, from shortly before the difference if it is far."""
    old, new = bytes(before), bytes(after)
    at = _first_difference(old, new)
    if at < VALUE_LIMIT - 8:
        return excerpt_at(path, before), excerpt_at(path, after)
    if _is_hidden(path, old[:_REACH], _around(old, at), _around(new, at)):
        return HIDDEN, HIDDEN
    start, end = at - LEAD, at + _REACH
    return _shown(old[start:end], "…"), _shown(new[start:end], "…")


def mentions_secret(text: str) -> bool:
    """Return True if a text names something secret, such as a password or a URL with credentials."""
    return _SECRET.search(text) is not None


def _is_hidden(path: str, begin: bytes, *around: bytes) -> bool:
    """Return True for a text, an object or a list with a secret; a number never is one."""
    text = b" ".join((begin, *around)).decode(errors="replace")
    return begin.startswith((b'"', b"{", b"[")) and mentions_secret(path + text)


def _around(value: bytes, at: int) -> bytes:
    """Return the word that a byte belongs to, and what stands beside it."""
    start, end = max(0, at - _LONGEST_WORD), at + _LONGEST_WORD
    word, behind = value.rfind(b" ", start, at), value.find(b" ", at, end)
    first, last = word if word >= 0 else start, behind if behind >= 0 else end
    return value[max(0, first - _REACH) : last + _REACH]


def _first_difference(one: bytes, other: bytes) -> int:
    """Return the length of the common beginning, by halves: values may have a megabyte."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _shown(part: bytes, before: str = "") -> str:
    """Decode a part of a value; where there is more before it, it may begin within a character."""
    text = before + part.decode(errors="ignore" if before else "replace")
    return cut(printable(text[: VALUE_LIMIT + 1], "?"), VALUE_LIMIT)
