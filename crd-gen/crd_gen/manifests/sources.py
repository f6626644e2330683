"""Definitions from files, folders and git revisions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crd_gen.errors import ProjectError
from crd_gen.manifests.shape import check_shape
from crd_gen.manifests.yaml import load

Definitions = dict[str, dict[str, Any]]
SUFFIXES = (".yaml", ".yml", ".json")
KIND = "CustomResourceDefinition"


def read(source: str, *, crds: Path | None = None) -> Definitions:
    """Read definitions from a file, a folder, `-`, `git:REV:path`, or `git:REV` for the folder crds.

    A folder is read with all that is below it, on the disk as in git. Raises ProjectError.
    """
    if source == "-":
        return parse({"standard input": _standard_input()}, source)
    if source.startswith("git:"):
        return _from_git(source, crds)
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        return parse({str(file): _text(file) for file in files if ".git" not in file.parts}, source)
    if not path.is_file():
        raise ProjectError(f"{source}: no such file or folder (write a git revision as git:REV)")
    return parse({source: _text(path)}, source)


def read_all(sources: Iterable[str]) -> Definitions:
    """Read definitions from several sources. Raises ProjectError."""
    found: Definitions = {}
    for source in sources:
        found |= read(source)
    return found


def _standard_input() -> str:
    if sys.stdin is None:  # closed by the shell
        raise ProjectError("-: the standard input is closed; redirect a file into it")
    return _decoded(sys.stdin.buffer.read(), "standard input")


def _text(path: Path) -> str:
    try:
        return _decoded(path.read_bytes(), str(path))
    except OSError as error:
        raise ProjectError(f"cannot read {path}: {error.strerror or error}") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{name}: is not UTF-8 text: {error}") from error


def _from_git(source: str, crds: Path | None) -> Definitions:
    _, _, rest = source.partition(":")
    revision, _, path = rest.partition(":")
    if not revision:
        raise ProjectError(f"{source}: names no revision; write git:HEAD or git:HEAD:crds/")
    if not path and crds is None:
        raise ProjectError(
            f"{source}: give a path, git:{revision}:crds/, or set [tool.crd-gen] in pyproject.toml"
        )
    folder, target = (Path.cwd(), path) if path or crds is None else _project_folder(crds)
    listed = _git(folder, "ls-tree", "-r", "-z", "--name-only", revision, "--", target).split("\0")
    files = [name for name in listed if name.endswith(SUFFIXES)]
    if not files:
        raise ProjectError(f"{source}: {revision} has no YAML file in {target}")
    return parse({name: _git(folder, "show", f"{revision}:./{name}") for name in files}, source)


def _project_folder(crds: Path) -> tuple[Path, str]:
    """Return the nearest existing folder around the project's, and the path from there."""
    folder = crds.resolve()
    for parent in folder.parents:
        if parent.is_dir():
            return parent, folder.relative_to(parent).as_posix()
    raise ProjectError(f"there is no folder {crds}")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)  # noqa: S603, S607
    except OSError as error:
        raise ProjectError(f"cannot run git: {error.strerror or error}") from error
    if done.returncode:
        raise ProjectError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode("utf-8", errors="replace")


def parse(texts: Mapping[str, str], source: str) -> Definitions:
    """Parse files by name. Raises ProjectError."""
    found: Definitions = {}
    for name, text in texts.items():
        # In a folder there are other files, such as templates, that are no YAML.
        if len(texts) > 1 and KIND not in text:
            continue
        for document in load(text, name):
            for item in _items(document):
                check_shape(item, name)
                found[item["metadata"]["name"]] = item
    if not found:
        raise ProjectError(f"{source}: contains no {KIND}")
    return found


def _items(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the definitions in a document, which can be a list of kubectl's."""
    if not isinstance(document, dict):
        return
    if document.get("kind") == KIND:
        yield document
    elif str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        of_kind = document["kind"] == f"{KIND}List"
        for item in document["items"]:
            yield from _items({"kind": KIND, **item} if of_kind and isinstance(item, dict) else item)
