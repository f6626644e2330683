"""Definitions from files, folders, a revision of git, or the models as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from crd_gen.errors import ProjectError

Definitions = dict[str, dict[str, Any]]


def read(source: str, *, crds: Path | None = None) -> Definitions:
    """Read `file`, `folder`, `git:REV` (the project's folder of definitions) or `git:REV:path`.

    crds is the project's folder. Raises ProjectError.
    """
    if source.startswith("git:"):
        return _from_git(source, crds)
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
        return _parsed({str(file): file.read_text(encoding="utf-8") for file in files}, source)
    if not path.is_file():
        raise ProjectError(f"{source}: there is no such file or folder (a revision is written git:REV)")
    return _parsed({source: path.read_text(encoding="utf-8")}, source)


def _from_git(source: str, crds: Path | None) -> Definitions:
    _, _, rest = source.partition(":")
    revision, _, path = rest.partition(":")
    if not path and crds is None:
        raise ProjectError(
            f"{source}: name a path, git:{revision}:crds/, or keep [tool.crd-gen] in pyproject.toml"
        )
    # ./ makes git read the path from the current folder, not from the top of the repository.
    place = path or _from_here(crds or Path())
    listed = _git("ls-tree", "-r", "--name-only", revision, "--", place).splitlines()
    files = [name for name in listed if name.endswith((".yaml", ".yml"))]
    if not files:
        raise ProjectError(f"{source}: {revision} has no definition in {place}")
    return _parsed({name: _git("show", f"{revision}:./{name}") for name in files}, source)


def _from_here(path: Path) -> str:
    return str(path.resolve().relative_to(Path.cwd())) if path.is_absolute() else str(path)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise ProjectError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _parsed(texts: dict[str, str], source: str) -> Definitions:
    found: Definitions = {}
    for name, text in texts.items():
        try:
            documents = list(yaml.safe_load_all(text))
        except yaml.YAMLError as error:
            raise ProjectError(f"{name}: is no YAML: {error}") from error
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                found[document["metadata"]["name"]] = document
    if not found:
        raise ProjectError(f"{source}: there is no CustomResourceDefinition")
    return found
