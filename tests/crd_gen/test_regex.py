"""Patterns: Go's verdict, RE2's words, and what pydantic reads otherwise.

The verdicts are those of Go 1.26's regexp.Compile.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import SchemaError, SchemaValidator, core_schema

from crd_gen.formats.regex import difference, finder, problem

COMPILED = [
    "",
    "a|",
    "()",
    "[a-z]+?",
    "[]()]",
    "[^]a]",
    "[a-b-c]",
    "[[&&a~~z]",
    "[+--]",
    "[[:alpha:][:^digit:]_]",
    r"[\d\-\]a-]",
    r"[\pL-z]",
    r"[[:^alpha:]\p{Greek}\PN-]",
    r"\p{^Lu}\P{Han}",
    r"(?i)\pL{1000}",
    "x{0}",
    "x{1,1000}",
    "x{2,}?",
    "x{,3}",
    "x{03}",
    "x{ 2 }",
    "{",
    "a{b}",
    "(x{30}){33}",
    "(|a){2}",
    r"^*\b+\Q\E",
    "(a*)*",
    "(?P<n>x)(?<m_1>y)",
    "(?P<a>x)(?<a>y)",
    "(?i:x)(?-s)(?U:y*?)(?ims-U)",
    "[(?P<é-ê]",
    r"\Q(?P<é>\C{100000000}\E",
    r"\Qa",
    r"\A\z\b\B",
    r"\a\f\n\r\t\v",
    r"\0\07\012\x41\x{1F600}\x{10FFFF}",
    r"\<\>\_\-\/\ ",
    r"\\C",
    "a\x00b\x7f\n",
    "\ufffd\u2028\U0010ffff",
    "\ud800",
]
REFUSED = {
    "(?=x)": "invalid perl operator: (?=",
    "(?!x)": "invalid perl operator: (?!",
    "(?<=x)": "invalid perl operator: (?<=",
    "(?<!x)": "invalid perl operator: (?<!",
    "(?>a)": "invalid perl operator: (?>",
    "(?#x)": "invalid perl operator: (?#",
    "(?(1)a)": "invalid perl operator: (?(",
    "(?i-)a": "invalid perl operator: (?i-)",
    "(?x)a": "invalid perl operator: (?x",
    "(?u)a": "invalid perl operator: (?u",
    "(?P=n)": "invalid perl operator: (?P",
    "(?P<1 >a)": "invalid named capture group: (?P<1 >",
    "(?P<é>a)": "invalid named capture group",
    "(?<日本>a)": "invalid named capture group",
    r"(a)\1": r"invalid escape sequence: \1",
    r"\8": r"invalid escape sequence: \8",
    "a++": "bad repetition operator: ++",
    "a{2}*": "bad repetition operator: {2}*",
    "**": "no argument for repetition operator: *",
    "*a": "no argument for repetition operator: *",
    "a|+": "no argument for repetition operator: +",
    "(?i)*": "no argument for repetition operator: *",
    "x{3,1}": "invalid repetition size: {3,1}",
    "x{1001}": "invalid repetition size: {1001}",
    "x{2,1001}": "invalid repetition size: {2,1001}",
    "x{100000000}": "invalid repetition size",
    "x{1,999999999}": "invalid repetition size",
    "(x{50}){50}": "invalid repetition size: {50}",
    "[z-a]": "invalid character class range: z-a",
    r"[a-\d]": r"invalid escape sequence: \d",
    r"[a-\pL]": "invalid escape sequence",
    "[[:letter:]]": "invalid character class range: [:letter:]",
    r"[\b]": r"invalid escape sequence: \b",
    r"[\Qa\E]": r"invalid escape sequence: \Q",
    r"\C": r"invalid escape sequence: \C",
    r"[\C]": r"invalid escape sequence: \C",
    r"\Q\\E\C": r"invalid escape sequence: \C",
    r"\Z": r"invalid escape sequence: \Z",
    r"\E": r"invalid escape sequence: \E",
    r"\h\R\K\G\X": r"invalid escape sequence: \h",
    r"\cA": r"invalid escape sequence: \c",
    r"\u0041": r"invalid escape sequence: \u",
    r"\é": r"invalid escape sequence: \é",
    r"\x4": r"invalid escape sequence: \x4",
    r"\x{}": r"invalid escape sequence: \x{}",
    r"\x{110000}": r"invalid escape sequence: \x{110000",
    r"\x{100000000}": "invalid escape sequence",
    r"\p": r"invalid character class range: \p",
    r"\p{": r"invalid character class range: \p{",
    r"\p{Alphabetic}": r"invalid character class range: \p{Alphabetic}",
    "(a": "missing ): (a",
    "a)": "unexpected ): a)",
    "[a": "missing ]: [a",
    "[]": "missing ]: []",
    "a\\": "trailing \\",
}
READ_OTHERWISE = {
    r"^\d$": ("٣", r"uses \d, which is Unicode in pydantic and ASCII in Go: write [0-9]"),
    r"^[\W]$": ("é", r"uses \W, which is Unicode in pydantic and ASCII in Go: write [^0-9A-Za-z_]"),
    r"a\b": ("aé", r"uses \b, which is Unicode in pydantic and ASCII in Go"),
    r"^\<a\>$": ("a", r"uses \<, which is a word boundary in pydantic and literal in Go"),
    "^[a&&b]$": ("a", r"uses &&, which is a set operation in pydantic and literal in Go: write \&"),
    "^[+--]$": ("-", r"uses --, which is a set operation in pydantic and literal in Go: write \-"),
    "^[^[:digit:][b]$": (
        "c",
        r"uses [, which opens a nested class in pydantic and is literal in Go: write \[",
    ),
    "^a{02}$": ("aa", r"uses {, which is a repetition in pydantic and literal in Go: write {2}, or \{"),
}
PIECES = [
    *"ab]-[(){}*+?^$.|\\0, &",
    "[^",
    "[:alpha:]",
    "(?i)",
    "{2}",
    "{ 2}",
    "{02}",
    "&&",
    "--",
    r"\pL",
    r"\d",
    r"\B",
]


@pytest.mark.parametrize("pattern", [*COMPILED, *REFUSED])
def test_pattern_compiles_as_in_go(pattern: str) -> None:
    """A pattern has a problem, in RE2's words, if and only if Go does not compile it."""
    assert problem(pattern) == REFUSED.get(pattern, "")


def test_unicode_class_names_are_those_of_re2() -> None:
    """The names of Unicode classes are RE2's: Go has Letter since 1.25, and Old_Italic until 1.24."""
    assert problem(r"[\p{Old_Italic}]") == ""
    assert problem(r"[\p{Letter}]") == r"invalid character class range: \p{Letter}"


@pytest.mark.parametrize("pattern", ["(" + "a" * 40, "(\a"])
def test_message_omits_long_and_unprintable_patterns(pattern: str) -> None:
    """The message does not repeat a part that is long or not printable."""
    assert problem(pattern) == "missing )"


@pytest.mark.parametrize("piece", [r"\pL", "x{1000}", "(?i)[^é]", "a|", r"\Q"])
def test_problem_takes_linear_time(piece: str) -> None:
    """A hundred kilobytes that are expensive to compile are only parsed."""
    assert problem(piece * (100_000 // len(piece))) == ""


@pytest.mark.parametrize("pattern", READ_OTHERWISE)
def test_difference_between_pydantic_and_go_is_explained(pattern: str) -> None:
    """A pattern that pydantic matches differently from Go is explained."""
    text, why = READ_OTHERWISE[pattern]

    assert difference(pattern) == why
    assert finder(pattern)(text) != by_rust(pattern, text)


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.text("ab]-[0, &{}É\n"))
def test_patterns_without_a_difference_match_alike(pattern: str, text: str) -> None:
    """Without a reported difference, pydantic rejects the pattern or matches as RE2 does."""
    if not problem(pattern) and not difference(pattern):
        assert by_rust(pattern, text) in (finder(pattern)(text), None)


@given(st.text())
def test_any_text_is_checked_without_an_exception(pattern: str) -> None:
    """No pattern raises an exception."""
    assert isinstance(problem(pattern) + difference(pattern), str)


def test_large_pattern_compiles() -> None:
    """A pattern above RE2's default memory limit compiles, as in Go."""
    assert finder(r"^\pL{200}$")("é" * 200)


def test_invalid_pattern_is_an_error() -> None:
    """An invalid pattern raises ValueError at its definition."""
    with pytest.raises(
        ValueError, match=r"^pattern 'a\+\+' does not compile: bad repetition operator: \+\+$"
    ):
        finder("a++")


def by_rust(pattern: str, text: str) -> bool | None:
    """Match as pydantic does; None if it does not compile the pattern."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python(text)
    except SchemaError:
        return None
