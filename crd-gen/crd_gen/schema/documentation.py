"""Descriptions, from docstrings."""

from __future__ import annotations

import inspect
import re
from itertools import groupby

_LIST_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")
_FENCE = ("```", "~~~")


def unwrap_lines(text: str) -> str:
    """Join the lines of each paragraph; lists, tables and code stay as they are written."""
    blocks: list[str] = []
    for is_code, lines in _parts(inspect.cleandoc(text).split("\n")):
        if is_code:
            blocks.append("\n".join(lines))
        else:
            paragraphs = [list(group) for some, group in groupby(lines, bool) if some]
            blocks += [_paragraph(paragraph) for paragraph in paragraphs]
    return "\n\n".join(blocks)


def _parts(lines: list[str]) -> list[tuple[bool, list[str]]]:
    """Separate fenced code from the text around it."""
    parts: list[tuple[bool, list[str]]] = [(False, [])]
    for line in lines:
        fence = line.lstrip().startswith(_FENCE)
        if fence and not parts[-1][0]:
            parts.append((True, [line.rstrip()]))
        elif fence:
            parts[-1][1].append(line.rstrip())
            parts.append((False, []))
        else:
            parts[-1][1].append(line.rstrip())
    return parts


def _paragraph(lines: list[str]) -> str:
    if lines[0].startswith(("    ", "|", ">>>")):
        return "\n".join(lines)
    joined: list[str] = []
    for line in lines:
        starts = _LIST_ITEM.match(line.lstrip()) is not None
        if joined and not starts:
            joined[-1] += f" {' '.join(line.split())}"
        else:
            indent = line[: len(line) - len(line.lstrip())] if starts else ""
            joined.append(indent + " ".join(line.split()))
    return "\n".join(joined)
