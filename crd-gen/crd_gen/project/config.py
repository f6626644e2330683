"""The [tool.crd-gen] table of pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crd_gen.cel.typing.declarations import MINORS
from crd_gen.errors import ProjectError

TABLE = "tool.crd-gen"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Helm templates of the definitions.

    enabled and keep are template expressions; `{plural}` in enabled is replaced by the plural of the kind.
    """

    templates: Path
    enabled: str = ".Values.crds.{plural}.enabled"
    keep: str = ".Values.crds.keep"


@dataclass(frozen=True, kw_only=True)
class Project:
    """The models, and where their files are generated; root is the folder of pyproject.toml.

    paths are the folders that modules are imported from, where they are neither installed nor in a usual
    layout. kubernetes is the oldest minor version that has to install the definitions, 0 for the newest.
    """

    root: Path
    models: tuple[str, ...]
    crds: Path
    docs: Path | None = None
    schemas: Path | None = None
    chart: Chart | None = None
    paths: tuple[Path, ...] = ()
    kubernetes: int = 0


def find(start: Path) -> Project:
    """Read the nearest pyproject.toml with the table, in start or its parents. Raises ProjectError."""
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file() and (table := _table(file)) is not None:
            return _project(folder, table, file)
    raise ProjectError(
        f"no pyproject.toml with a [{TABLE}] table in {start} or its parents:"
        " add one, or name the models: crd-gen write my_pkg.api:Widget -o crds/"
    )


def minor(text: str) -> int:
    """Return the minor version of `1.34`. Raises ProjectError."""
    found = re.fullmatch(r"v?1\.(\d+)(\.\d+)?", text)
    if not found or int(found[1]) not in MINORS:
        raise ProjectError(
            f"kubernetes is {text!r}, expected a version from 1.{MINORS[0]} to 1.{MINORS[-1]}, such as '1.34'"
        )
    return int(found[1])


def _table(file: Path) -> dict[str, Any] | None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{file}: {error}") from error
    tool = document.get("tool", {})
    table = tool.get("crd-gen") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ProjectError(f"{file}: {TABLE} is {table!r}, expected a table: [{TABLE}]")
    return table


def _project(root: Path, table: dict[str, Any], file: Path) -> Project:
    keys = {"models": list, "paths": list, "crds": str, "docs": str, "schemas": str, "kubernetes": str}
    _check_types(table, {**keys, "chart": dict}, TABLE, file)
    chart = table.get("chart")
    if chart is not None:
        _check_types(chart, dict.fromkeys(("templates", "enabled", "keep"), str), f"{TABLE}.chart", file)
    if not table.get("models"):
        raise ProjectError(f'{file}: [{TABLE}] requires models = ["my_pkg.api:Widget"]')
    if chart is not None and "templates" not in chart:
        raise ProjectError(f"{file}: [{TABLE}.chart] requires templates, a folder")
    return Project(
        root=root,
        models=tuple(table["models"]),
        crds=root / table.get("crds", "crds"),
        docs=root / table["docs"] if "docs" in table else None,
        schemas=root / table["schemas"] if "schemas" in table else None,
        chart=Chart(**{**chart, "templates": root / chart["templates"]}) if chart else None,
        paths=tuple(root / path for path in table.get("paths", ())),
        kubernetes=minor(table["kubernetes"]) if "kubernetes" in table else 0,
    )


def _check_types(table: dict[str, Any], known: Mapping[str, type], name: str, file: Path) -> None:
    if unknown := sorted(table.keys() - known.keys()):
        raise ProjectError(
            f"{file}: [{name}] has unknown keys {', '.join(unknown)}; known: {', '.join(sorted(known))}"
        )
    expected: dict[type, str] = {list: "a list of strings", str: "a string", dict: f"a table: [{name}.chart]"}
    for key, value in table.items():
        is_list_of_others = isinstance(value, list) and not all(isinstance(item, str) for item in value)
        if not isinstance(value, known[key]) or is_list_of_others:
            hint = f": {key} = {json.dumps([value])}" if known[key] is list and isinstance(value, str) else ""
            raise ProjectError(f"{file}: [{name}] {key} is {value!r}, expected {expected[known[key]]}{hint}")
