"""The [tool.crd-gen] table of pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """The models, and where their files are generated; root is the folder of pyproject.toml."""

    root: Path
    models: tuple[str, ...]
    crds: Path
    docs: Path | None = None
    schemas: Path | None = None
    chart: Chart | None = None


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


def _table(file: Path) -> dict[str, Any] | None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{file}: {error}") from error
    table: dict[str, Any] | None = document.get("tool", {}).get("crd-gen")
    return table


def _project(root: Path, table: dict[str, Any], file: Path) -> Project:
    known = {"models", "crds", "docs", "schemas", "chart"}
    if unknown := sorted(table.keys() - known):
        raise ProjectError(
            f"{file}: [{TABLE}] has unknown keys {', '.join(unknown)}; known: {', '.join(sorted(known))}"
        )
    if not table.get("models"):
        raise ProjectError(f'{file}: [{TABLE}] requires models = ["my_pkg.api:Widget"]')
    chart = dict(table.get("chart", {}))
    if chart and "templates" not in chart:
        raise ProjectError(f"{file}: [{TABLE}.chart] requires templates, a folder")
    return Project(
        root=root,
        models=tuple(table["models"]),
        crds=root / table.get("crds", "crds"),
        docs=root / table["docs"] if "docs" in table else None,
        schemas=root / table["schemas"] if "schemas" in table else None,
        chart=Chart(**{**chart, "templates": root / chart["templates"]}) if chart else None,
    )
