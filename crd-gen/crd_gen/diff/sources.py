"""Definitions from files, folders and git revisions."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from crd_gen.errors import ProjectError

Definitions = dict[str, dict[str, Any]]


def read(source: str, *, crds: Path | None = None) -> Definitions:
    """Read definitions from a file, a folder, `git:REV:path`, or `git:REV` for the project's folder crds.

    Raises ProjectError.
    """
    if source.startswith("git:"):
        return _from_git(source, crds)
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
        return _parse({str(file): file.read_text(encoding="utf-8") for file in files}, source)
    if not path.is_file():
        raise ProjectError(f"{source}: no such file or folder (write a git revision as git:REV)")
    return _parse({source: path.read_text(encoding="utf-8")}, source)


def _from_git(source: str, crds: Path | None) -> Definitions:
    _, _, rest = source.partition(":")
    revision, _, path = rest.partition(":")
    if not path and crds is None:
        raise ProjectError(
            f"{source}: give a path, git:{revision}:crds/, or set [tool.crd-gen] in pyproject.toml"
        )
    # ./ makes git read the path from the current folder, not from the top of the repository.
    target = path or _relative(crds or Path())
    listed = _git("ls-tree", "-r", "--name-only", revision, "--", target).splitlines()
    files = [name for name in listed if name.endswith((".yaml", ".yml"))]
    if not files:
        raise ProjectError(f"{source}: {revision} has no YAML file in {target}")
    return _parse({name: _git("show", f"{revision}:./{name}") for name in files}, source)


def _relative(path: Path) -> str:
    return str(path.resolve().relative_to(Path.cwd())) if path.is_absolute() else str(path)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise ProjectError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _parse(texts: dict[str, str], source: str) -> Definitions:
    found: Definitions = {}
    for name, text in texts.items():
        try:
            documents = list(yaml.safe_load_all(text))
        except yaml.YAMLError as error:
            raise ProjectError(f"{name}: is not valid YAML: {error}") from error
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                found[document["metadata"]["name"]] = document
    if not found:
        raise ProjectError(f"{source}: contains no CustomResourceDefinition")
    return found
