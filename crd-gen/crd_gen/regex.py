r"""Patterns as Go reads them (the API server; regexp/syntax), and the same in the words of Rust (pydantic).

Both are RE2's children. Rust's \d, \w, \s and \b know Unicode, Go's know ASCII only; Rust has set
operations and nested classes, where Go reads characters; Go repeats at most 1000 times in all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

GO_REPEAT_MAX = 1000

_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_ASCII = {
    **{name: (f"[{members}]", members, f": write [{members}]") for name, members in _SETS.items()},
    **{name.upper(): (f"[^{members}]",) * 2 + (f": write [^{members}]",) for name, members in _SETS.items()},
    "b": (r"(?-u:\b)", "", ""),
}
"""Escapes that Rust reads by Unicode: what they are in Go, alone and inside of a class, and advice."""

_LOOK = re.compile(r"\(\?<?[=!]")
_GROUP = re.compile(r"\(\?(?:P?<[A-Za-z_][A-Za-z0-9_]*>|[imsU]*(?:-[imsU]+)?:|:)|\((?!\?)")
_FLAGS = re.compile(r"\(\?(?=[imsU-])[imsU]*(?:-[imsU]+)?\)")
_REPEAT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_POSIX = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
# Names that both know; Go has no aliases and no properties.
_CATEGORY = re.compile(
    r"\\[pP](?:[LMNPSZ]|\{(?:L[ulmot]?|M[nce]?|N[dlo]?|P[cdsefio]?|S[mcko]?|Z[slp]?|C[cfo]|Arabic|Armenian"
    r"|Bengali|Cyrillic|Devanagari|Georgian|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Tamil|Thai)\})"
)
_HEX = re.compile(r"\\x(?:[0-9a-fA-F]{2}|\{[0-9a-fA-F]{1,6}\})")
_LITERAL_ESCAPE = re.compile(r"\\[afnrtv!-/:-@\[-`{-~ ]")


class PatternError(ValueError):
    """What Go does not know in a pattern."""


@dataclass
class Reading:
    """A pattern in Rust's words; differs says what Rust reads in another way than Go, empty if nothing."""

    rust: str = ""
    differs: str = ""


def trouble_in(pattern: str) -> str:
    """Say what the two engines would read differently, or what Go does not know; empty if nothing."""
    try:
        return read(pattern).differs
    except PatternError as error:
        return str(error)


def trouble_for_go(pattern: str) -> str:
    """Say what Go does not know; empty if nothing."""
    try:
        read(pattern)
    except PatternError as error:
        return str(error)
    return ""


def read(pattern: str) -> Reading:
    """Read a pattern as Go does. Raises PatternError."""
    reader = _Reader(pattern)
    rust = reader.alternatives()[0]
    if reader.at < len(pattern):
        raise PatternError("closes a parenthesis that it does not open")
    return Reading(rust, reader.differs)


@dataclass
class _Reader:
    """One descent; every part gives its text for Rust, and how often its repeats multiply."""

    text: str
    at: int = 0
    differs: str = field(default="")

    def alternatives(self) -> tuple[str, int]:
        parts, most = [], 1
        while True:
            part, count = self.sequence()
            parts.append(part)
            most = max(most, count)
            if not self.eat("|"):
                return "|".join(parts), most

    def sequence(self) -> tuple[str, int]:
        parts, most = "", 1
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part, count = self.repeated()
            parts += part
            most = max(most, count)
        return parts, most

    def repeated(self) -> tuple[str, int]:
        atom, count = self.atom()
        quantifier, times = self.quantifier()
        if count * times > GO_REPEAT_MAX:
            raise PatternError(f"repeats {count * times} times; Go allows {GO_REPEAT_MAX}")
        if quantifier and self.quantifier()[0]:
            raise PatternError("repeats a repetition, which Go does not know: put it into a group")
        return atom + quantifier, count * times

    def quantifier(self) -> tuple[str, int]:
        times, found = 1, ""
        if self.text[self.at : self.at + 1] in ("*", "+", "?"):
            found = self.take(1)
        elif repeat := self.match(_REPEAT):
            found = repeat[0]
            times = max(1, int(repeat[1]), int(repeat[3] or 0))
        return (found + "?" if found and self.eat("?") else found), times

    def atom(self) -> tuple[str, int]:
        if look := _LOOK.match(self.text, self.at):
            raise PatternError(f"uses the look-around {look[0]}, which Go does not know")
        if flags := self.match(_FLAGS):
            return flags[0], 1
        if self.text[self.at] == "(":
            return self.group()
        if self.eat("["):
            return self.character_class(), 1
        if self.text[self.at] == "\\":
            return self.escape(inside=False), 1
        if self.text[self.at] in "*+?":
            raise PatternError(f"repeats nothing with {self.text[self.at]}")
        literal = self.take(1)
        return ("\\" + literal if literal in "{}]" else literal), 1

    def group(self) -> tuple[str, int]:
        opening = self.match(_GROUP)
        if not opening:
            raise PatternError(f"uses the group {self.text[self.at : self.at + 4]}…, which Go does not know")
        inner, count = self.alternatives()
        if not self.eat(")"):
            raise PatternError("does not close a parenthesis")
        return f"{opening[0]}{inner})", count

    def escape(self, *, inside: bool) -> str:
        for known in (_CATEGORY, _HEX):
            if found := self.match(known):
                return found[0]
        word = self.text[self.at : self.at + 2]
        if (ascii_only := _ASCII.get(word[1:])) and ascii_only[inside]:
            self.at += 2
            self.note(f"uses {word}, Unicode for pydantic and ASCII for Go{ascii_only[2]}")
            return ascii_only[inside]
        if not inside and word in (r"\A", r"\z"):
            return self.take(2)
        if self.match(_LITERAL_ESCAPE):
            if word in (r"\<", r"\>"):
                self.note(f"uses {word}, a word's edge for pydantic and a character for Go")
                return word[1]
            return word
        property_name = re.compile(r"\\[pP]\{[^}]*\}").match(self.text, self.at)
        raise PatternError(f"uses {property_name[0] if property_name else word}, which Go does not know")

    def character_class(self) -> str:
        made = "[^" if self.eat("^") else "["
        first = True
        while first or self.text[self.at : self.at + 1] != "]":
            if self.at >= len(self.text):
                raise PatternError("does not close a class")
            made += self.member()
            first = False
        self.at += 1
        return made + "]"

    def member(self) -> str:
        if posix := self.match(_POSIX):
            return posix[0]
        if self.text[self.at] == "\\":
            return self.escape(inside=True)
        pair = self.text[self.at : self.at + 2]
        if pair == "--":
            raise PatternError("writes -- in a class, which no two engines read alike: write \\-")
        if pair in ("&&", "~~"):
            self.note(f"uses the set operation {pair}, which Go reads as characters: write \\{pair[0]}")
        if pair[0] == "[":
            self.note("nests a class, which Go reads as the character [: write \\[")
        literal = self.take(1)
        return "\\" + literal if literal in "[]&~^" else literal

    def match(self, look: re.Pattern[str]) -> re.Match[str] | None:
        found = look.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def eat(self, text: str) -> bool:
        found = self.text.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def take(self, count: int) -> str:
        self.at += count
        return self.text[self.at - count : self.at]

    def note(self, problem: str) -> None:
        self.differs = self.differs or problem
