"""Where a project's modules are, in the layouts that projects have."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

from crd_gen.errors import ProjectError

USUAL = (".", "src", "lib", "python")
"""Folders of a project that have its modules, in the order in which they are searched."""

MONOREPO = ("*", "*/src", "*/lib", "*/python", "*/*", "*/*/src")
"""The same in a repository of several packages, for a module that is not installed."""

_NOT_SEARCHED = {"node_modules", "venv", "site-packages", "build", "dist", "__pycache__", "tests"}


def import_paths(module: str, root: Path, paths: Sequence[Path] = ()) -> list[Path]:
    """Return the folders to import a module from. Raises ProjectError if two of one layout have it."""
    name = module.partition(".")[0]
    if missing := [path for path in paths if not path.is_dir()]:
        raise ProjectError(f"[tool.crd-gen] paths: there is no folder {missing[0]}")
    if not name.isidentifier() or any(_has(path, name) for path in paths):
        return [*paths, root]
    for layout in USUAL:
        if _has(root / layout, name):
            return [*paths, root / layout, root]
    if importlib.util.find_spec(name) is None:
        return [*paths, *_in_monorepo(module, name, root), root]
    return [*paths, root]


def _in_monorepo(module: str, name: str, root: Path) -> list[Path]:
    for layout in MONOREPO:
        holding = [folder for folder in _folders(root, layout) if _has(folder, name)]
        if len(holding) > 1:
            shown = " and ".join(str(folder.relative_to(root)) for folder in holding)
            raise ProjectError(
                f"{module}: both {shown} have a module {name!r}: set [tool.crd-gen] paths to the right one"
            )
        if holding:
            return holding
    return []


def _folders(root: Path, layout: str) -> Iterator[Path]:
    for folder in sorted(root.glob(layout)):
        parts = folder.relative_to(root).parts
        if folder.is_dir() and not any(part.startswith(".") or part in _NOT_SEARCHED for part in parts):
            yield folder


def _has(folder: Path, name: str) -> bool:
    package = folder / name
    return (folder / f"{name}.py").is_file() or (package.is_dir() and any(package.glob("*.py")))
