"""The nodes of a document, YAML's and JSON's alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from arkrun_cli.manifests.scalars import format_float


class ManifestError(Exception):
    """kubectl cannot read the text; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(slots=True)
class Scalar:
    """A single value, resolved."""

    line: int
    column: int
    value: Any
    is_merge: bool = False


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """An object, with every pair as it is written."""

    line: int
    column: int
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Alias:
    """A reference to a node that has an anchor."""

    line: int
    column: int
    target: Node


Node = Scalar | Sequence | Mapping | Alias

MAX_DEPTH = 200
"""Levels of nesting; Python's own recursion bounds what is done with deeper values."""


def key_text(key: Any) -> str | None:
    """Return a resolved key as kubectl spells it in JSON; None if it cannot be one."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, float):
        return format_float(key)
    if isinstance(key, int) and key >= 2**63:
        return None
    return str(key) if isinstance(key, str | int) else None
