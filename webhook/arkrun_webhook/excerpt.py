"""What a message shows of a JSON value: a short part of it that can be printed, and never a secret."""

from __future__ import annotations

import re

from msgspec import Raw

from arkrun_webhook.texts import cut, printable

VALUE_LIMIT = 40
"""Characters of a value that a message shows; prompts are long and may be private."""

LEAD = 16
"""Bytes that an excerpt shows of what two long values have in common; the words for secrets are shorter."""

HIDDEN = "(hidden)"

# A character has at most four bytes.
_REACH = VALUE_LIMIT * 4

# A secret is one word, which may be longer than an excerpt; a JSON web token is shorter than this.
_LONGEST_WORD = 4096

_PRIVATE = re.compile(
    r"secret|token(?!s)|password|credential|authorization|api[_-]?key|headers|\benv|://[^/\s]*@", re.ASCII
)
# One of them is in all that is private; looking for each is quicker than the pattern is.
_HINTS = ("secret", "token", "password", "credential", "authorization", "api", "headers", "env", "://")


def excerpt(value: Raw) -> str:
    """Show the beginning of a value; what cannot be printed becomes a question mark."""
    return _shown(_part(value, 0, _REACH))


def excerpt_at(path: str, value: Raw) -> str:
    """Show the beginning of what stands at a path, or hide it: where either speaks of a secret."""
    begin = _part(value, 0, _REACH)
    return HIDDEN if begin.startswith(_TEXTS) and is_private(path.encode() + begin) else _shown(begin)


def excerpts(path: str, before: Raw, after: Raw) -> tuple[str, str]:
    """Show two values that differ; those that begin alike from shortly before they differ."""
    at = first_difference(before, after)
    if at < VALUE_LIMIT - 8:
        return excerpt_at(path, before), excerpt_at(path, after)
    begin, around = _part(before, 0, _REACH), _part(before, _word(before, at) - _REACH, at + _REACH)
    parts = _part(before, at - LEAD, at + _REACH), _part(after, at - LEAD, at + _REACH)
    if begin.startswith(_TEXTS) and is_private(b" ".join((path.encode(), begin, around, parts[1]))):
        return HIDDEN, HIDDEN
    return _shown(parts[0], "…"), _shown(parts[1], "…")


def is_private(text: bytes) -> bool:
    """Tell whether a path and what stands there speak of something secret."""
    lowered = text.lower().decode("latin-1")  # all that is looked for is ASCII
    return any(map(lowered.__contains__, _HINTS)) and _PRIVATE.search(lowered) is not None


def first_difference(one: Raw, other: Raw) -> int:
    """Count the bytes with which both begin, by halves: bytes are compared much faster than one by one."""
    left, right = bytes(memoryview(one)), bytes(memoryview(other))
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


_TEXTS = (b'"', b"{", b"[")


def _word(value: Raw, at: int) -> int:
    """Tell where the word begins that a byte belongs to."""
    start = max(0, at - _LONGEST_WORD)
    return start + _part(value, start, at).rfind(b" ") + 1


def _part(value: Raw, start: int, end: int) -> bytes:
    return bytes(memoryview(value)[max(0, start) : end])


def _shown(part: bytes, before: str = "") -> str:
    """Decode a part of a value; where there is more before it, it may begin within a character."""
    text = before + part.decode(errors="ignore" if before else "replace")
    return cut(printable(text[: VALUE_LIMIT + 1], "?"), VALUE_LIMIT)
