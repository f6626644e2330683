"""The findings of `ark lint`, and the rules that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

RULES = {
    "yaml": "The file is valid YAML without duplicate keys.",
    "kind": "apiVersion and kind are known.",
    "schema": "The object matches the CustomResourceDefinition.",
    "field": "Every field is known to the schema.",
    "pipeline": "Roles are unique, steps exist, and no step depends on itself.",
    "template": "Templates refer to existing steps and inputs.",
    "size": "The object leaves space in etcd for its status.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, an error or a warning; line and column count from 1."""

    file: str
    line: int
    column: int
    rule: str
    path: str
    message: str
    is_error: bool = True

    def __str__(self) -> str:
        """Format it as compilers do, so that editors can jump to the position."""
        level = "error" if self.is_error else "warning"
        return f"{self.file}:{self.line}:{self.column}: {level}: {self.text} [{self.rule}]"

    @property
    def text(self) -> str:
        """The message after its field path, if it has one."""
        return f"{self.path}: {self.message}" if self.path else self.message


class Problem(NamedTuple):
    """One problem of an object, before its position is known."""

    rule: str
    path: str
    message: str
    is_error: bool = True
    item: str = ""
    """Path of the object in its List."""
