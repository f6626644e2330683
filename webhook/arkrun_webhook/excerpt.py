"""What a message shows of a JSON value: a short part that can be printed, and no secret near it."""

from __future__ import annotations

import re

from msgspec import Raw

from arkrun_webhook.spans import first_difference
from arkrun_webhook.texts import cut, printable

VALUE_LIMIT = 40
"""Characters of a value that a message shows; prompts are long and may be private."""

LEAD = 16
"""Bytes that an excerpt shows of what two long values have in common, before they differ."""

HIDDEN = "(hidden)"

# A character has at most four bytes.
_REACH = VALUE_LIMIT * 4

# A token is a word, which may be longer than an excerpt; a JSON web token is shorter than this.
_LONGEST_WORD = 4096

_TEXTS = (b'"', b"{", b"[")

_PRIVATE = ("secret", "passw", "pwd", "credential", "authorization", "bearer", "headers")
# These are, or begin, plain words too: what stands beside one decides. Looking for each word is quicker than
# one pattern for all of them, which tries each at every character.
_PERHAPS = {
    "token": re.compile(r"token(?!s)"),
    "private": re.compile(r"private[\s_-]key", re.ASCII),
    "api": re.compile(r"api[_-]?key"),
    "env": re.compile(r"\benv", re.ASCII),
    "://": re.compile(r"://[^/\s]*@", re.ASCII),
}
_KELVIN = "\N{KELVIN SIGN}".encode()  # the one letter beyond ASCII whose small one is within, k


def excerpt(value: Raw) -> str:
    """Show the beginning of a value; what cannot be printed becomes a question mark."""
    return _shown(_begin(value))


def excerpt_at(path: str, value: Raw) -> str:
    """Show the beginning of what stands at a path, or hide it: where either speaks of a secret."""
    begin = _begin(value)
    return HIDDEN if _is_hidden(path, begin) else _shown(begin)


def excerpts(path: str, before: Raw, after: Raw) -> tuple[str, str]:
    """Show two values that differ; those that begin alike from shortly before they differ."""
    old, new = bytes(before), bytes(after)
    at = first_difference(old, new)
    if at < VALUE_LIMIT - 8:
        return excerpt_at(path, before), excerpt_at(path, after)
    if _is_hidden(path, old[:_REACH], _around(old, at), _around(new, at)):
        return HIDDEN, HIDDEN
    start, end = at - LEAD, at + _REACH
    return _shown(old[start:end], "…"), _shown(new[start:end], "…")


def _is_hidden(path: str, begin: bytes, *around: bytes) -> bool:
    """Tell whether a text, an object or a list is private; a number never is."""
    return begin.startswith(_TEXTS) and is_private(path.encode() + b" ".join((begin, *around)))


def is_private(text: bytes) -> bool:
    """Tell whether a path and what stands there speak of something secret."""
    lowered = text.replace(_KELVIN, b"k").lower().decode("latin-1")  # all that is looked for is ASCII
    if any(map(lowered.__contains__, _PRIVATE)):
        return True
    return any(_PERHAPS[word].search(lowered) for word in filter(lowered.__contains__, _PERHAPS))


def _around(value: bytes, at: int) -> bytes:
    """Give the word that a byte belongs to, and what stands beside it."""
    start, end = max(0, at - _LONGEST_WORD), at + _LONGEST_WORD
    word, behind = value.rfind(b" ", start, at), value.find(b" ", at, end)
    first, last = word if word >= 0 else start, behind if behind >= 0 else end
    return value[max(0, first - _REACH) : last + _REACH]


def _begin(value: Raw) -> bytes:
    return bytes(memoryview(value)[:_REACH])


def _shown(part: bytes, before: str = "") -> str:
    """Decode a part of a value; where there is more before it, it may begin within a character."""
    text = before + part.decode(errors="ignore" if before else "replace")
    return cut(printable(text[: VALUE_LIMIT + 1], "?"), VALUE_LIMIT)
