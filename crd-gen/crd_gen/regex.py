r"""Patterns as Go's regexp reads them (the API server, an operator), and where Rust (pydantic) differs.

Two verdicts are RE2's, not Go's. Names in \p{...}: Go's depend on its release, as 1.25 added Letter and lost
Old_Italic. And RE2 parses any size and depth, where Go stops at 128 MiB and at 1000 levels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import re2

_QUIET = re2.Options()
_QUIET.log_errors = False
_QUIET.max_mem = 2**28  # RE2's own limit, 8 MiB, is too low for \pL{1000}, which Go compiles

_SHOWN = 40
"""Characters that a message repeats of a pattern."""

_AS_GO = (
    (re.compile("[\ud800-\udfff]"), "\ufffd"),  # Go's JSON has no half of a surrogate pair
    (re.compile(r"(?<=[{,])[1-9][0-9]{8,}(?=[,}])"), "99999999"),  # RE2 takes {100000000} literally
    (re.compile(r"(\(\?P?<)(?=\w*[^\x00-\x7f])"), r"\1."),  # RE2 knows letters beyond ASCII in a name
)
"""Where Go and RE2 disagree, and what to write for RE2 instead: harmless in a class or after \\Q."""

_ESCAPE = re.compile(r"\\Q.*?(?:\\E|\Z)|\\[pP](?:\{[^}\\]*\}|.)|\\.", re.DOTALL)


def problem(pattern: str) -> str:
    r"""Return why Go would not compile a pattern, in RE2's words; "" if it would.

    The time grows with the length. So nothing is compiled, and each \p, whose characters take a millisecond
    to collect, is looked up once and read as \d from then on.
    """
    if r"\C" in _ESCAPE.findall(pattern):
        return r"invalid escape sequence: \C"
    read = pattern
    for found, instead in _AS_GO:
        read = found.sub(instead, read)
    read = _ESCAPE.sub(lambda escape: _short(escape[0]) if escape[0][1] in "pP" else escape[0], read)
    words, _, part = _words(read).partition(": ")
    return f"{words}: {part}" if part in pattern and 0 < len(part) <= _SHOWN and part.isprintable() else words


def finder(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether Go finds a pattern in a text. Raises ValueError if Go does not compile it."""
    if found := problem(pattern):
        raise ValueError(f"pattern {pattern!r} does not compile: {found}")
    compiled = re2.compile(pattern, _QUIET)
    return lambda text: compiled.search(text) is not None


def _words(pattern: str) -> str:
    try:
        re2.Set.SearchSet(_QUIET).Add(pattern)  # parses it, no more; but keeps the reason to itself
    except re2.error:
        try:
            re2.compile(pattern, _QUIET)
        except re2.error as error:
            return error.args[0].decode(errors="replace")  # type: ignore[no-any-return]
    return ""


@lru_cache(1024)
def _short(unicode_class: str) -> str:
    return unicode_class if _words(unicode_class) else r"\d"


_PIECE = re.compile(
    r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\\\]])*\]"  # a class
    r"|\\."
    r"|\{(?=[^}]*\s|(?:[0-9]+,)?0[0-9])[0-9,\s]+\}",  # a count with a leading zero or a space
    re.DOTALL,
)
_IN_CLASS = re.compile(r"\[:\^?\w+:\]|\\.|&&|--|~~|\[", re.DOTALL)
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_BY_UNICODE = "Unicode for pydantic and ASCII for Go"
_OTHERWISE = {
    **{rf"\{name}": f"{_BY_UNICODE}: write [{members}]" for name, members in _SETS.items()},
    **{rf"\{name.upper()}": f"{_BY_UNICODE}: write [^{members}]" for name, members in _SETS.items()},
    **dict.fromkeys((r"\b", r"\B"), _BY_UNICODE),
    **dict.fromkeys((r"\<", r"\>"), "a word's edge for pydantic and a character for Go"),
    **{
        two: f"a set operation for pydantic and characters for Go: write \\{two[0]}"
        for two in ("&&", "--", "~~")
    },
    "[": r"the beginning of a nested class for pydantic and a character for Go: write \[",
    "{": r"a repetition for pydantic and characters for Go: write {2}, or \{",
}


def difference(pattern: str) -> str:
    """Return what Rust compiles as well, but reads otherwise than Go; "" if nothing."""
    for piece in _PIECE.findall(pattern):
        parts = _IN_CLASS.findall(piece[1:]) if piece[0] == "[" else [piece if piece[0] == "\\" else "{"]
        for part in parts:
            if part in _OTHERWISE:
                return f"uses {part}, {_OTHERWISE[part]}"
    return ""
