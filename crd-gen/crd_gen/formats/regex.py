r"""Regular expressions as Go's regexp compiles them, and their differences from Rust's, which pydantic uses.

Two verdicts are RE2's, not Go's. The names in \p{...} depend on the Go release: 1.25 added Letter and removed
Old_Italic. And RE2 parses any size and depth, while Go stops at 128 MiB and at 1000 levels.
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
"""Characters of a pattern that a message repeats."""

_AS_GO = (
    (re.compile("[\ud800-\udfff]"), "\ufffd"),  # Go's JSON has no unpaired surrogates
    (re.compile(r"(?<=[{,])[1-9][0-9]{8,}(?=[,}])"), "99999999"),  # RE2 reads {100000000} literally
    (re.compile(r"(\(\?P?<)(?=\w*[^\x00-\x7f])"), r"\1."),  # RE2 accepts non-ASCII letters in a name
)
"""What to replace for RE2 where Go and RE2 disagree; harmless in a class or after \\Q."""

_ESCAPE = re.compile(r"\\Q.*?(?:\\E|\Z)|\\[pP](?:\{[^}\\]*\}|.)|\\.", re.DOTALL)


@lru_cache(1024)
def problem(pattern: str) -> str:
    r"""Return the reason why Go does not compile a pattern, in RE2's words; "" if it does.

    The time is linear in the length: the pattern is parsed, not compiled, and each \p, whose characters
    take a millisecond to collect, is looked up once and then treated as \d.

    Cached, since models repeat patterns: of 5 s for the ten largest kinds that were tried, it took 0.28 s.
    """
    if r"\C" in _ESCAPE.findall(pattern):
        return r"invalid escape sequence: \C"
    translated = pattern
    for found, instead in _AS_GO:
        translated = found.sub(instead, translated)
    translated = _ESCAPE.sub(_simplified, translated)
    words, _, part = _error(translated).partition(": ")
    return f"{words}: {part}" if part in pattern and 0 < len(part) <= _SHOWN and part.isprintable() else words


@lru_cache(1024)
def finder(pattern: str) -> Callable[[str], bool]:
    """Return a search function that agrees with Go. Raises ValueError if Go does not compile it."""
    if reason := problem(pattern):
        raise ValueError(f"pattern {pattern!r} does not compile: {reason}")
    compiled = re2.compile(pattern, _QUIET)
    return lambda text: compiled.search(text) is not None


def _error(pattern: str) -> str:
    try:
        re2.Set.SearchSet(_QUIET).Add(pattern)  # only parses, but does not report the reason
    except re2.error:
        try:
            re2.compile(pattern, _QUIET)
        except re2.error as error:
            return error.args[0].decode(errors="replace")  # type: ignore[no-any-return]
    return ""


def _simplified(escape: re.Match[str]) -> str:
    return _digits_for(escape[0]) if escape[0][1] in "pP" else escape[0]


@lru_cache(1024)
def _digits_for(unicode_class: str) -> str:
    return unicode_class if _error(unicode_class) else r"\d"


_PIECE = re.compile(
    r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\\\]])*\]"  # a class
    r"|\\."
    r"|\{(?=[^}]*\s|(?:[0-9]+,)?0[0-9])[0-9,\s]+\}",  # a count with a leading zero or a space
    re.DOTALL,
)
_IN_CLASS = re.compile(r"\[:\^?\w+:\]|\\.|&&|--|~~|\[", re.DOTALL)
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_BY_UNICODE = "which is Unicode in pydantic and ASCII in Go"
_DIFFERENCES = {
    **{rf"\{name}": f"{_BY_UNICODE}: write [{members}]" for name, members in _SETS.items()},
    **{rf"\{name.upper()}": f"{_BY_UNICODE}: write [^{members}]" for name, members in _SETS.items()},
    **dict.fromkeys((r"\b", r"\B"), _BY_UNICODE),
    **dict.fromkeys((r"\<", r"\>"), "which is a word boundary in pydantic and literal in Go"),
    **{
        two: f"which is a set operation in pydantic and literal in Go: write \\{two[0]}"
        for two in ("&&", "--", "~~")
    },
    "[": r"which opens a nested class in pydantic and is literal in Go: write \[",
    "{": r"which is a repetition in pydantic and literal in Go: write {2}, or \{",
}


def difference(pattern: str) -> str:
    """Return how the pattern's meaning in Rust differs from that in Go; "" if it does not."""
    for piece in _PIECE.findall(pattern):
        parts = _IN_CLASS.findall(piece[1:]) if piece[0] == "[" else [piece if piece[0] == "\\" else "{"]
        for part in parts:
            if part in _DIFFERENCES:
                return f"uses {part}, {_DIFFERENCES[part]}"
    return ""
