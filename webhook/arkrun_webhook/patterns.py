"""Whether RE2, as Go's regexp has it, would compile a pattern; without RE2.

Follows the syntax of github.com/google/re2/wiki/Syntax and the errors of Go's regexp/syntax. It never
refuses what Go compiles; names of Unicode classes, and the size of what repetitions in repetitions make,
are left to Go. Python's own `re` knows another dialect and is not asked. Its time grows with the length of
the pattern, whatever the pattern.
"""

from __future__ import annotations

import re

# RE2 refuses larger counted repetitions.
REPEAT_LIMIT = 1000

_REPEAT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_NAMED = re.compile(r"\(\?P?<([^>]*)>")
_FLAGS = re.compile(r"\(\?[imsU]*(?:-[imsU]+)?([:)])")
_HEX = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_UNICODE = re.compile(r"\\[pP](?:[CLMNPSZ]|\{\^?[\w -]+\})")
_POSIX = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_LACKING = {
    "(?=": "RE2 has no look-around",
    "(?!": "RE2 has no look-around",
    "(?<=": "RE2 has no look-around",
    "(?<!": "RE2 has no look-around",
    "(?>": "RE2 has no atomic groups",
    "(?(": "RE2 has no conditionals",
}


def problem(pattern: str) -> str:
    """Say why RE2 would not compile a pattern; "" when nothing speaks against it."""
    try:
        _Pattern(pattern).read()
    except _ProblemError as found:
        return str(found)
    return ""


class _ProblemError(Exception):
    """What RE2 would not compile."""


class _Pattern:
    """One reading of a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last_named = text.rfind(":]")
        self._at = 0
        self._depth = 0
        self._names: set[str] = set()
        self._repeatable = False
        self._repeated = False

    def read(self) -> None:
        """Raise `_ProblemError` at the first fault."""
        while self._at < len(self._text):
            repeated, self._repeated = self._repeated, False
            self._piece(self._text[self._at], repeated=repeated)
        if self._depth:
            raise _ProblemError("a parenthesis is not closed")

    def _piece(self, char: str, *, repeated: bool) -> None:
        count = _REPEAT.match(self._text, self._at) if char == "{" else None
        if char in "*+?" or count:
            self._repeat(count, repeated=repeated)
        elif char == "(":
            self._open()
        elif char == "|":
            self._take(1, repeatable=False)
        elif char == ")":
            self._close()
        elif char == "[":
            self._take(self._class_end() - self._at)
        elif char == "\\":
            self._escape()
        else:
            self._take(1)

    def _take(self, size: int, *, repeatable: bool = True) -> None:
        self._at += size
        self._repeatable = repeatable

    def _repeat(self, count: re.Match[str] | None, *, repeated: bool) -> None:
        least, most = (int(count[1]), int(count[3] or count[1])) if count else (0, 0)
        if max(least, most) > REPEAT_LIMIT:
            raise _ProblemError(f"RE2 repeats at most {REPEAT_LIMIT} times")
        if least > most:
            raise _ProblemError(f"it repeats at least {least} and at most {most} times")
        if not self._repeatable:
            raise _ProblemError("a repetition has nothing to repeat")
        if repeated:
            raise _ProblemError("RE2 repeats no repetition, and has no possessive quantifiers")
        self._at += len(count[0]) if count else 1
        self._at += self._text.startswith("?", self._at)
        self._repeated = True

    def _open(self) -> None:
        start = self._text[self._at : self._at + 4]
        for lacking, why in _LACKING.items():
            if start.startswith(lacking):
                raise _ProblemError(why)
        if not start.startswith("(?"):
            size = 1
        elif flags := _FLAGS.match(self._text, self._at):
            if flags[1] == ")":  # flags for what follows; no group
                self._at = flags.end()
                return
            size = len(flags[0])
        else:
            size = self._named()
        self._depth += 1
        self._take(size, repeatable=False)

    def _named(self) -> int:
        group = _NAMED.match(self._text, self._at)
        if group is None:
            raise _ProblemError("a group begins with (? and is none that RE2 knows")
        if not re.fullmatch(r"[A-Za-z0-9_]+", group[1]) or group[1] in self._names:
            raise _ProblemError("the name of a group is not made of letters and digits, or used twice")
        self._names.add(group[1])
        return len(group[0])

    def _close(self) -> None:
        self._depth -= 1
        if self._depth < 0:
            raise _ProblemError("a closing parenthesis has no opening one")
        self._take(1)

    def _escape(self) -> None:
        kind = self._text[self._at + 1 : self._at + 2]
        if kind == "Q":
            end = self._text.find("\\E", self._at + 2)
            quoted = len(self._text[self._at + 2 : end if end >= 0 else None])
            self._take(quoted + (4 if end >= 0 else 2), repeatable=self._repeatable or quoted > 0)
        elif kind and kind in "AbBzdDsSwW":
            self._take(2)
        elif kind and kind in "pP":
            self._take(self._unicode_end(self._at) - self._at)
        else:
            self._take(self._escaped(self._at)[1] - self._at)

    def _escaped(self, at: int) -> tuple[int, int]:
        """Give the character that an escape stands for, and where it ends."""
        kind = self._text[at + 1 : at + 2]
        if not kind:
            raise _ProblemError("it ends with a backslash")
        if kind in _CONTROL:
            return _CONTROL[kind], at + 2
        if octal := _OCTAL.match(self._text, at):
            return int(octal[1], 8), octal.end()
        if "1" <= kind <= "9":
            raise _ProblemError("RE2 has no backreferences")
        if number := _HEX.match(self._text, at):
            code = int(number[1] or number[2], 16)
            if code <= 0x10FFFF:  # noqa: PLR2004  # Unicode's last
                return code, number.end()
        elif kind.isascii() and not kind.isalnum():
            return ord(kind), at + 2
        raise _ProblemError(f"RE2 does not know the escape \\{kind}")

    def _unicode_end(self, at: int) -> int:
        found = _UNICODE.match(self._text, at)
        if found is None:
            raise _ProblemError(f"RE2 does not know a class of characters after \\{self._text[at + 1]}")
        return found.end()

    def _class_end(self) -> int:
        at = self._at + 1
        at += self._text.startswith("^", at)
        begin = at
        while at == begin or not self._text.startswith("]", at):
            at = self._class_item(at)
        return at + 1

    def _class_item(self, at: int) -> int:
        """Pass one item of a class: a named class, a character or a range."""
        two = self._text[at : at + 2]
        if two == "[:" and at + 2 <= self._last_named:
            named = _POSIX.match(self._text, at)
            if named is None:
                raise _ProblemError("RE2 does not know a class that stands between [: and :]")
            return named.end()
        if two in ("\\p", "\\P"):
            return self._unicode_end(at)
        if two[:1] == "\\" and two[1:] and two[1:] in "dDsSwW":
            return at + 2
        first, at = self._class_char(at)
        if self._text.startswith("-", at) and not self._text.startswith("]", at + 1):
            if at + 1 == len(self._text):
                raise _ProblemError("a class is not closed")
            last, at = self._class_char(at + 1)
            if last < first:
                raise _ProblemError("a range of characters ends before it begins")
        return at

    def _class_char(self, at: int) -> tuple[int, int]:
        if at >= len(self._text):
            raise _ProblemError("a class is not closed")
        return self._escaped(at) if self._text[at] == "\\" else (ord(self._text[at]), at + 1)
