"""References of a Go text/template: the inputs and steps that it reads.

This is not a template engine: it finds the actions (pkg.go.dev/text/template), skips strings, comments and
trim markers, and tracks the blocks in which the dot is not the root. Its time is linear in the text's length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_STRING = r""""(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'"""
_PIECE = re.compile(rf"{_STRING}|\}}\}}|[^\"`'}}]+|.", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})"
    r"|\)[.\w]*"  # a field of an expression in parentheses, as in (index .steps "a").output
    r"|(?P<path>\$?\w*(?:\.\w+(?:-\w+)*)+|\$\w*|\.)"
    r"|(?P<word>\w+)"
)
# A comment begins right after the braces, or after a trim marker and one space (text/template/parse, lex.go).
_COMMENT = re.compile(r"\{\{(?:-[ \t\r\n])?/\*")
_BLOCKS = frozenset(("if", "range", "with", "block", "define"))
_BINDING = _BLOCKS - {"if"}


@dataclass(slots=True)
class Template:
    """The references of a template; `problem` is a syntax error, "" if none was found."""

    inputs: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    problem: str = ""


def parse(text: str) -> Template:
    """Return the references of a template; never raises."""
    template = Template()
    blocks: list[
        tuple[str, bool]
    ] = []  # that have begun: the word, and whether the dot is the root around it
    at_root = True
    for action in _actions(text, template):
        tokens = [(token.lastgroup, token[0]) for token in _TOKEN.finditer(action)]
        word = tokens[0][1] if tokens and tokens[0][0] == "word" else ""
        if word in ("end", "else"):
            if not blocks:
                template.problem = template.problem or f'has "{word}" without a beginning'
                continue
            at_root = blocks[-1][1]
            if word == "end":
                blocks.pop()
            word = tokens[1][1] if len(tokens) > 1 else ""  # of `else with`
        elif word in _BLOCKS:
            blocks.append((word, at_root))
        _read(tokens, template, at_root=at_root)
        at_root = at_root and word not in _BINDING
    if blocks and not template.problem:
        template.problem = f'has "{blocks[-1][0]}" without "end"'
    return template


def _actions(text: str, template: Template) -> Iterator[str]:
    """Yield the text of each action, without comments."""
    end = 0
    while (start := text.find("{{", end)) >= 0:
        if comment := _COMMENT.match(text, start):
            start = text.find("*/", comment.end())
            noun = "a comment"
        else:
            noun = "an action"
        pieces = _PIECE.finditer(text, start + 2) if start >= 0 else ()
        close = next((piece.start() for piece in pieces if piece[0] == "}}"), -1)
        if close < 0:
            template.problem = template.problem or f"has {noun} that is not closed"
            return
        if not comment:
            yield text[start + 2 : close]
        end = close + 2


def _read(tokens: list[tuple[str | None, str]], template: Template, *, at_root: bool) -> None:
    known = {"input": template.inputs, "steps": template.steps}
    for number, (kind, text) in enumerate(tokens):
        if kind != "path" or not text.startswith((".", "$.") if at_root else "$."):
            continue
        holder, *names = text.removeprefix("$")[1:].split(".")
        if not names and number and tokens[number - 1][1] == "index":
            names = [_unquoted(*token) for token in tokens[number + 1 : number + 2]]
        elif "-" in text:
            problem = f"has {text}, but a name with a dash is reached by index only"
            template.problem = template.problem or problem
        if names and names[0] and holder in known:
            known[holder].add(names[0])


def _unquoted(kind: str | None, text: str) -> str:
    """Return the text of a string; "" for anything else, and for escapes that JSON does not know."""
    if kind != "string" or text[0] == "'":
        return ""
    if text[0] == "`":
        return text[1:-1]
    try:
        return str(json.loads(text))
    except ValueError:
        return ""
