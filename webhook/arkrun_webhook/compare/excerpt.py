"""Excerpts of JSON values for messages: short, printable and without secrets."""

from __future__ import annotations

import re

from msgspec import Raw

from arkrun_webhook.compare.text import cut, printable

VALUE_LIMIT = 40
"""Maximum length of a value in a message, in characters; prompts are long and may be private."""

LEAD = 16
"""Number of common bytes that an excerpt of two long values shows before their first difference."""

HIDDEN = "(hidden)"

_EXCERPT_BYTES = VALUE_LIMIT * 4  # a character has at most four bytes
_LONGEST_WORD = 4096  # longer than a JSON Web Token

_SECRET = re.compile(
    r"secret|token(?!s)|passw|pwd|credential|authorization|bearer|private[\s_-]key|api[_-]?key|headers|\benv"
    r"|://[^/\s]*@",
    re.IGNORECASE,
)


def excerpt(value: Raw) -> str:
    """Return the beginning of a value, with question marks for unprintable characters."""
    return _to_text(bytes(memoryview(value)[:_EXCERPT_BYTES]))


def excerpt_at(path: str, value: Raw) -> str:
    """Return the beginning of the value at a path, or HIDDEN if path or value suggest a secret."""
    begin = bytes(memoryview(value)[:_EXCERPT_BYTES])
    return HIDDEN if _is_hidden(path, begin) else _to_text(begin)


def excerpts(path: str, before: Raw, after: Raw) -> tuple[str, str]:
    """Return excerpts of two values, starting shortly before their first difference if it is late."""
    old, new = bytes(before), bytes(after)
    at = _first_difference(old, new)
    if at < VALUE_LIMIT - 8:
        return excerpt_at(path, before), excerpt_at(path, after)
    if _is_hidden(path, old[:_EXCERPT_BYTES], _context(old, at), _context(new, at)):
        return HIDDEN, HIDDEN
    start, end = at - LEAD, at + _EXCERPT_BYTES
    return _to_text(old[start:end], "…"), _to_text(new[start:end], "…")


def mentions_secret(text: str) -> bool:
    """Return True if a text suggests a secret, such as a password or a URL with credentials."""
    return _SECRET.search(text) is not None


def _is_hidden(path: str, begin: bytes, *context: bytes) -> bool:
    """Return True if a string, an object or a list may contain a secret; numbers never do."""
    text = b" ".join((begin, *context)).decode(errors="replace")
    return begin.startswith((b'"', b"{", b"[")) and mentions_secret(path + text)


def _context(value: bytes, at: int) -> bytes:
    """Return the word around a byte offset, and the text beside it."""
    start, end = max(0, at - _LONGEST_WORD), at + _LONGEST_WORD
    before, after = value.rfind(b" ", start, at), value.find(b" ", at, end)
    first, last = before if before >= 0 else start, after if after >= 0 else end
    return value[max(0, first - _EXCERPT_BYTES) : last + _EXCERPT_BYTES]


def _first_difference(left: bytes, right: bytes) -> int:
    """Return the length of the common prefix by binary search: values may have a megabyte."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _to_text(part: bytes, prefix: str = "") -> str:
    """Decode a part of a value; a part with a prefix may begin within a character."""
    text = prefix + part.decode(errors="ignore" if prefix else "replace")
    return cut(printable(text[: VALUE_LIMIT + 1], "?"), VALUE_LIMIT)
