"""Which inputs and steps a Go text/template refers to.

Not an engine: a tokenizer of actions (pkg.go.dev/text/template) that is good enough for if, range,
with, define, pipes, variables, comments, trim markers and `index`, and that knows where the dot is
no longer the root. It finds no fault with what Go parses. Its time grows with the length of the text,
whatever the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_STRING = r""""(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'"""
_PIECE = re.compile(rf"{_STRING}|\}}\}}|.", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})|(?P<path>\$?\w*(?:\.\w+(?:-\w+)*)+|\$\w*|\.)|(?P<word>\w+)|(?P<other>\S)"
)
# A comment begins right after the braces, or after a trim marker and one space (text/template/parse, lex.go).
_COMMENT = re.compile(r"\{\{(?:-[ \t\r\n])?/\*")
_COMMENT_END = re.compile(r"(?:[ \t\r\n]-)?\}\}")
_TRIM = re.compile(r"-[ \t\r\n]")
_FOREIGN = frozenset("&!<>*/%{}[];?@#~^\\")
_OPENING = frozenset(("if", "range", "with", "block", "define"))
_REBINDING = frozenset(("range", "with"))
_APART = frozenset(("block", "define"))

Tokens = list[tuple[str, str]]


@dataclass(slots=True)
class Template:
    """What was found; `problem` is "" unless the text is no template."""

    inputs: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    problem: str = ""

    def has(self, problem: str) -> None:
        """Keep the first problem."""
        self.problem = self.problem or problem


@dataclass(frozen=True, slots=True)
class Block:
    """What has begun and not ended; `roots` are the ways to the root around it."""

    word: str
    roots: tuple[str, ...]


def parse(text: str) -> Template:
    """Find the references of a template; never raises."""
    found = Template()
    blocks: list[Block] = []
    roots: tuple[str, ...] = (".", "$.")
    for body in _actions(text, found):
        tokens = _tokens(body)
        if not tokens:
            found.has("has an empty action")
            continue
        _check(tokens, found)
        roots = _follow(tokens, blocks, roots, found)
    if blocks:
        found.has(f'has "{blocks[-1].word}" without "end"')
    return found


def _actions(text: str, found: Template) -> Iterator[str]:
    """Give what stands between the braces, comments left out."""
    end = 0
    while (start := text.find("{{", end)) >= 0:
        if comment := _COMMENT.match(text, start):
            close = text.find("*/", comment.end())
            ended = _COMMENT_END.match(text, close + 2) if close >= 0 else None
            if ended is None:
                found.has("has a comment that is not closed")
                return
            end = ended.end()
            continue
        start += 3 if _TRIM.match(text, start + 2) else 2
        pieces = _PIECE.finditer(text, start)
        close = next((piece.start() for piece in pieces if piece[0] == "}}"), -1)
        if close < 0:
            found.has("has an action that is not closed")
            return
        yield text[start:close].removesuffix("-")
        end = close + 2


def _tokens(body: str) -> Tokens:
    """Split an action; a field of what stands in parentheses, as in `(index .steps "a").output`, is none."""
    tokens: Tokens = []
    chained = -1
    for token in _TOKEN.finditer(body):
        kind = token.lastgroup or ""
        if kind != "path" or token.start() != chained:
            tokens.append((kind, token[0]))
        chained = token.end() if token[0] == ")" else -1
    return tokens


def _check(tokens: Tokens, found: Template) -> None:
    """Keep what Go would not parse whatever the words mean."""
    others = [text for kind, text in tokens if kind == "other"]
    depth = 0
    for text in others:
        depth += (text == "(") - (text == ")")
        if depth < 0:
            found.has("has a closing parenthesis without an opening one")
    if depth > 0:
        found.has("has a parenthesis that is not closed")
    if any(text in "\"'`" for text in others):
        found.has("has a quote that is not closed")
    for text in others:
        if text in _FOREIGN:
            found.has(f"has {text}, which means nothing in an action")
    if len(tokens) == 1 and tokens[0][1] in ("if", "range", "with"):
        found.has(f'has "{tokens[0][1]}" without a value')


def _follow(tokens: Tokens, blocks: list[Block], roots: tuple[str, ...], found: Template) -> tuple[str, ...]:
    """Read an action; gives the ways to the root after it."""
    word = tokens[0][1] if tokens[0][0] == "word" else ""
    if word in ("end", "else") and not blocks:
        found.has(f'has "{word}" without a beginning')
        return roots
    if word == "end":
        return blocks.pop().roots
    if word == "else":  # the dot is what it was before the block; `else with` binds it anew
        roots = blocks[-1].roots
        word = ""
        if len(tokens) > 1 and tokens[1][1] in _REBINDING:
            word = tokens[1][1]
    elif word in _OPENING:
        blocks.append(Block(word, roots))
    _references(tokens, found, roots)
    if word in _APART:
        return ()
    return roots[1:] if word in _REBINDING and "." in roots else roots


def _references(tokens: Tokens, found: Template, roots: tuple[str, ...]) -> None:
    known = {"input": found.inputs, "steps": found.steps}
    for number, (kind, text) in enumerate(tokens):
        if kind != "path" or not text.startswith(roots):
            continue
        parts = [part for part in text.lstrip("$").split(".") if part]
        if len(parts) == 1 and number and tokens[number - 1][1] == "index":
            parts += map(_unquoted, tokens[number + 1 : number + 2])
        elif any("-" in part for part in parts):
            found.has(f"has {text}, but a name with a dash is reached by index only")
        if len(parts) > 1 and parts[0] in known and parts[1]:
            known[parts[0]].add(parts[1])


def _unquoted(token: tuple[str, str]) -> str:
    """Give the text of a string; "" for anything else, and for escapes that JSON does not know."""
    kind, text = token
    if kind != "string" or text[0] == "'":
        return ""
    if text[0] == "`":
        return text[1:-1]
    try:
        return str(json.loads(text))
    except ValueError:
        return ""
