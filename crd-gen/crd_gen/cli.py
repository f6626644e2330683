"""crd-gen on the command line. Exit codes: 0 done, 1 stale or refused, 2 wrong use."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from crd_gen.errors import CrdGenError

app = typer.Typer(
    help="CustomResourceDefinitions from pydantic models.", no_args_is_help=True, add_completion=False
)

Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODULE:CLASS]…", help="Models; without any, the set of [tool.crd-gen]."),
]
Directory = Annotated[Path, typer.Option("-o", "--output", help="Folder for the named models' files.")]


@app.command()
def write(targets: Targets = None, output: Directory = Path("crds")) -> None:
    """Write the generated files that differ from what the models say."""
    from crd_gen.output import write as write_files  # noqa: PLC0415 - pydantic is slow to import

    _, files = _files(targets, output)
    changed = write_files(files)
    for path in changed:
        typer.echo(f"wrote {_short(path)}")
    typer.echo(f"{len(files)} files, {len(changed)} changed")


@app.command()
def check(targets: Targets = None, output: Directory = Path("crds")) -> None:
    """Exit 1 with a diff when a generated file is not what the models say."""
    from crd_gen.output import differences  # noqa: PLC0415

    root, files = _files(targets, output)
    if diff := differences(files, root):
        typer.echo(diff, nl=False)
        typer.echo("generated files are stale: run `crd-gen write` and commit what it wrote", err=True)
        raise typer.Exit(1)
    typer.echo(f"{len(files)} files are up to date")


def _files(targets: list[str] | None, output: Path) -> tuple[Path, dict[Path, str]]:
    from crd_gen.output import crd_files, project_files  # noqa: PLC0415
    from crd_gen.project import find  # noqa: PLC0415

    if targets:
        return Path.cwd(), crd_files(targets, output)
    project = find(Path.cwd())
    return project.root, project_files(project)


def _short(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def main() -> None:
    """Run crd-gen; what this package refuses is told in its own words, without a traceback."""
    try:
        app()
    except CrdGenError as error:
        typer.echo(f"crd-gen: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
