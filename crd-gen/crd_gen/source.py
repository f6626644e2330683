"""The file and line at which a model or one of its fields is declared."""

from __future__ import annotations

import ast
import os
import sys
from functools import lru_cache
from pathlib import Path


def source_of(model: type | None, attribute: str = "") -> str:
    """Return `path/api.py:12` of a class or of one of its attributes; "" if its source cannot be read."""
    for cls in model.__mro__ if model else ():
        found = _of_class(cls, attribute)
        if found:
            return found
    return ""


def _of_class(cls: type, attribute: str) -> str:
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not file or not file.endswith(".py"):
        return ""
    node = _classes(file).get(cls.__qualname__.partition("[")[0])
    if node is None:
        return ""
    line = _attributes(node).get(attribute) if attribute else node.lineno
    return f"{_short(file)}:{line}" if line else ""


@lru_cache
def _classes(file: str) -> dict[str, ast.ClassDef]:
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return {}
    found: dict[str, ast.ClassDef] = {}
    _collect(tree, "", found)
    return found


def _collect(node: ast.AST, prefix: str, found: dict[str, ast.ClassDef]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            found[f"{prefix}{child.name}"] = child
            _collect(child, f"{prefix}{child.name}.", found)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            _collect(child, f"{prefix}{child.name}.<locals>.", found)
        else:
            _collect(child, prefix, found)


def _attributes(node: ast.ClassDef) -> dict[str, int]:
    found: dict[str, int] = {}
    for child in node.body:
        if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
            found[child.target.id] = child.lineno
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            found[child.name] = child.lineno
    return found


def _short(file: str) -> str:
    path = Path(file).resolve()
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path.as_posix()
    return path.as_posix() if relative.startswith(f"..{os.sep}..") else Path(relative).as_posix()
