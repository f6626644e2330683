"""The tokens of an expression (cel-spec, langdef.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crd_gen.errors import CelError

_ESCAPED = r"\\(?:[abfnrtv\"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"
_LONG = rf"""\"\"\"(?:{_ESCAPED}|[^\\])*?\"\"\"|\'\'\'(?:{_ESCAPED}|[^\\])*?\'\'\'"""
_SHORT = rf"""\"(?:{_ESCAPED}|[^\"\\\n\r])*\"|\'(?:{_ESCAPED}|[^\'\\\n\r])*\'"""
_RAW_LONG = r"""\"\"\".*?\"\"\"|\'\'\'.*?\'\'\'"""
_RAW_SHORT = r"""\"[^\"\n\r]*\"|\'[^\'\n\r]*\'"""
_STRING = rf"[bB]?(?:[rR](?:{_RAW_LONG}|{_RAW_SHORT})|(?:{_LONG}|{_SHORT}))"
_TOKEN = re.compile(
    rf"""
    (?P<space>[\ \t\r\n\f]+|//[^\n]*)
  | (?P<string>{_STRING})
  | (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<int>0x[0-9a-fA-F]+[uU]?|\d+[uU]?)
  | (?P<ident>[_a-zA-Z][_a-zA-Z0-9]*)
  | (?P<mark>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{{}}])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_UNICODE, _SURROGATES = range(0x110000), range(0xD800, 0xE000)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_ESCAPE = re.compile(r"\\([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """A token; kind is string, float, int, ident, mark (punctuation) or end."""

    kind: str
    text: str
    column: int


def tokens(text: str) -> Iterator[Token]:
    """Split an expression into tokens. Raises CelError."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found or not found.lastgroup:
            raise CelError(f"unexpected {text[position]!r}", position + 1)
        if found.lastgroup != "space":
            yield Token(found.lastgroup, found[0], position + 1)
        position = found.end()
    yield Token("end", "", len(text) + 1)


def one_line(text: str) -> str:
    """Return an expression with single spaces between its tokens, as far as its author had any.

    The spaces within a string stay, since they mean something; text that is no expression stays as it is.
    """
    try:
        found = list(tokens(text))
    except CelError:
        return text
    parts: list[str] = []
    end = 1
    for token in found[:-1]:
        parts += [" "] if parts and token.column > end else []
        parts.append(token.text)
        end = token.column + len(token.text)
    return "".join(parts)


def unquoted(token: Token) -> str | bytes:
    """Return the value of a string or bytes literal. Raises CelError for an escape that has none."""
    prefix = re.match(r"[rRbB]*", token.text)
    flags = prefix[0].lower() if prefix else ""
    body = token.text[len(flags) :]
    quote = 3 if body[:3] in ('"""', "'''") else 1
    body = body[quote:-quote]
    if "r" not in flags:
        for code in _ESCAPE.findall(body):
            if problem := _code_problem(code, in_bytes="b" in flags):
                raise CelError(problem, token.column)
        body = _ESCAPE.sub(_unescaped, body)
    return body.encode() if "b" in flags else body


def _code_problem(code: str, *, in_bytes: bool) -> str:
    if code[0] not in "uU":
        return ""
    if in_bytes:
        return f"\\{code} is not allowed in bytes: write each byte as \\x"
    point = int(code[1:], 16)
    is_valid = point in _UNICODE and point not in _SURROGATES
    return "" if is_valid else f"\\{code} is not a Unicode code point"


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xXuU" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "0123" and len(code) > 1:
        return chr(int(code, 8))
    return _ESCAPES.get(code, code)
