"""Which inputs and steps a Go text/template refers to.

Not an engine: a tokenizer of actions (pkg.go.dev/text/template) that is good enough for if, range,
with, define, pipes, variables, comments, trim markers and `index`, and that knows where the dot is
no longer the root. Its time grows with the length of the text, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_STRING = r""""(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'"""
_PIECE = re.compile(rf"{_STRING}|\}}\}}|.", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})|(?P<path>\$?\w*(?:\.\w+(?:-\w+)*)+|\$\w*|\.)|(?P<word>\w+)|(?P<other>\S)"
)
_COMMENT = re.compile(r"\s{0,9}/\*")
_OPENING = frozenset(("if", "range", "with", "block", "define"))
_REBINDING = frozenset(("range", "with", "block", "define"))

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


def parse(text: str) -> Template:
    """Find the references of a template; never raises."""
    found = Template()
    blocks: list[str] = []
    for body in _actions(text, found):
        tokens = [(token.lastgroup or "", token[0]) for token in _TOKEN.finditer(body)]
        if not tokens:
            found.has("has an empty action")
        else:
            _read(tokens, blocks, found)
    if blocks:
        found.has(f'has "{blocks[-1]}" without "end"')
    return found


def _actions(text: str, found: Template) -> Iterator[str]:
    """Give what stands between the braces, comments left out."""
    end = 0
    while (start := text.find("{{", end)) >= 0:
        start += 3 if text.startswith("- ", start + 2) else 2
        if _COMMENT.match(text, start):
            end = text.find("*/", start)
            if end < 0:
                found.has("has a comment that is not closed")
                return
            continue
        pieces = _PIECE.finditer(text, start)
        close = next((piece.start() for piece in pieces if piece[0] == "}}"), -1)
        if close < 0:
            found.has("has an action that is not closed")
            return
        yield text[start:close].removesuffix("-")
        end = close + 2


def _read(tokens: Tokens, blocks: list[str], found: Template) -> None:
    kind, word = tokens[0]
    if kind == "word" and word == "end":
        if blocks:
            blocks.pop()
        else:
            found.has('has "end" without a beginning')
        return
    _references(tokens, found, rebound=not _REBINDING.isdisjoint(blocks))
    if kind == "word" and word in _OPENING:
        blocks.append(word)


def _references(tokens: Tokens, found: Template, *, rebound: bool) -> None:
    known = {"input": found.inputs, "steps": found.steps}
    for number, (kind, text) in enumerate(tokens):
        if kind != "path" or not text.startswith("$." if rebound else (".", "$.")):
            continue
        parts = [part for part in text.lstrip("$").split(".") if part]
        if len(parts) == 1 and number and tokens[number - 1][1] == "index":
            parts += map(_unquoted, tokens[number + 1 : number + 2])
        elif any("-" in part for part in parts):
            found.has(f"has {text}, but a name with a dash is reached by index only")
        if len(parts) > 1 and parts[0] in known and parts[1]:
            known[parts[0]].add(parts[1])


def _unquoted(token: tuple[str, str]) -> str:
    kind, text = token
    return text[1:-1] if kind == "string" and text[0] in '"`' else ""
