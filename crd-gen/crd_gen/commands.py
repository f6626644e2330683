"""The commands of crd-gen.

Exit codes: 0 done; 1 a stale file, a change that counts, or a model that is refused; 2 wrong use, or
something to read that is not there.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crd_gen.checking import tell

if TYPE_CHECKING:
    from crd_gen.place import Schema

# What a command needs is imported inside of it: pydantic and PyYAML cost more than most commands.
app = typer.Typer(
    help="CustomResourceDefinitions from pydantic models.", no_args_is_help=True, add_completion=False
)


class Output(enum.StrEnum):
    """Forms of a report."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class FailOn(enum.StrEnum):
    """The lightest change that fails a CI, by the names of crd_gen.diff.Weight."""

    LOOSENING = "loosening"
    RATCHETED = "ratcheted"
    TIGHTENING = "tightening"
    BREAKING = "breaking"
    NEVER = "never"


Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODULE:CLASS]…", help="Models; without any, the set of [tool.crd-gen]."),
]
Folder = Annotated[Path, typer.Option("-o", "--output", help="Folder for the named models' files.")]


@app.command()
def write(
    targets: Targets = None,
    output: Folder = Path("crds"),
    *,
    install: Annotated[
        bool, typer.Option(help="Print all definitions as one stream, for kubectl apply -f -.")
    ] = False,
) -> None:
    """Write the generated files that differ from what the models say."""
    from crd_gen.output import write as write_files  # noqa: PLC0415

    if install:
        typer.echo(_stream(targets), nl=False)
        return
    _, files = _files(targets, output)
    _warn(targets)
    changed = write_files(files)
    for path in changed:
        typer.echo(f"wrote {_short(path)}")
    typer.echo(f"{len(files)} files, {len(changed)} changed")


@app.command()
def check(targets: Targets = None, output: Folder = Path("crds")) -> None:
    """Exit 1 with a diff when a generated file is not what the models say."""
    root, files = _files(targets, output)
    if code := tell(root, files):
        raise typer.Exit(code)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="File, folder, git:REV or git:REV:path.")],
    new: Annotated[str | None, typer.Argument(help="The same; without it, the models as they are.")] = None,
    *,
    output: Annotated[Output, typer.Option(help="Form of the report.")] = Output.TEXT,
    fail_on: Annotated[FailOn, typer.Option(help="Lightest change that exits 1.")] = FailOn.TIGHTENING,
    waivers: Annotated[Path | None, typer.Option(help="TOML file of changes that are accepted.")] = None,
) -> None:
    """Tell what a change means: safe, loosening, ratcheted, tightening or breaking."""
    import datetime  # noqa: PLC0415

    from crd_gen.diff import compare, report  # noqa: PLC0415
    from crd_gen.diff.sources import read  # noqa: PLC0415
    from crd_gen.diff.waivers import idle, load, split  # noqa: PLC0415

    crds = _crds_folder()
    before = read(old, crds=crds)
    after = read(new, crds=crds) if new else _definitions(None)
    today = datetime.datetime.now(datetime.UTC).date()
    accepted = load(waivers) if waivers else []
    counted, waived = split(compare(before, after), accepted, today)
    for line in idle(accepted, waived, today):
        typer.echo(line, err=True)
    writers: dict[Output, Callable[[], str]] = {
        Output.TEXT: lambda: report.text(counted, waived),
        Output.JSON: lambda: report.as_json(counted, waived),
        Output.SARIF: lambda: report.sarif(counted, waived, _places(before | after, new, crds)),
    }
    typer.echo(writers[output](), nl=False)
    if any(change.weight >= _threshold(fail_on) for change in counted):
        raise typer.Exit(1)


@app.command()
def docs(targets: Targets = None, output: Folder = Path("docs")) -> None:
    """Write the Markdown reference of each kind."""
    from crd_gen import output as made  # noqa: PLC0415

    for document in _definitions(targets).values():
        for path in made.write(made.docs_file(document, output)):
            typer.echo(f"wrote {_short(path)}")


@app.command()
def schema(targets: Targets = None, output: Folder = Path("schemas")) -> None:
    """Write JSON Schemas for editors, one for each version of each kind."""
    from crd_gen import output as made  # noqa: PLC0415

    for document in _definitions(targets).values():
        for path in made.write(made.schema_files(document, output)):
            typer.echo(f"wrote {_short(path)}")


@app.command()
def cost(targets: Targets = None) -> None:
    """Tell what each CEL rule costs, and what the server allows."""
    from crd_gen.cost import CALL_LIMIT, RULE_LIMIT, costs  # noqa: PLC0415

    typer.echo(f"limits: {CALL_LIMIT:,} for one call, {RULE_LIMIT:,} for one rule at all its places")
    for name, document in _definitions(targets).items():
        for version in document["spec"]["versions"]:
            typer.echo(f"{name} {version['name']}")
            found = costs(version["schema"]["openAPIV3Schema"])
            for rule in sorted(found, key=lambda rule: (-rule.total, rule.path, rule.text)):
                figure = f"{rule.call:>12,} x {rule.count:<8,} = {rule.total:>12,}"
                typer.echo(f"{figure}  {rule.path or '(root)'}: {' '.join(rule.text.split())[:72]}")


def _files(targets: list[str] | None, output: Path) -> tuple[Path, dict[Path, str]]:
    from crd_gen.output import crd_files, project_files  # noqa: PLC0415
    from crd_gen.project import find  # noqa: PLC0415

    if targets:
        return Path.cwd(), crd_files(targets, output)
    project = find(Path.cwd())
    return project.root, project_files(project)


def _definitions(targets: list[str] | None) -> dict[str, Schema]:
    from crd_gen.definition import definition  # noqa: PLC0415
    from crd_gen.project import find  # noqa: PLC0415
    from crd_gen.targets import kinds  # noqa: PLC0415

    if targets:
        found = kinds(targets)
    else:
        project = find(Path.cwd())
        found = kinds(project.models, project.root)
    return {name: definition(*models) for name, models in found.items()}


def _stream(targets: list[str] | None) -> str:
    from crd_gen.dump import dump  # noqa: PLC0415

    return "".join(f"---\n{dump(document)}" for document in _definitions(targets).values())


def _warn(targets: list[str] | None) -> None:
    from crd_gen.checks import findings  # noqa: PLC0415

    for name, document in _definitions(targets).items():
        for finding in findings(document):
            typer.echo(f"warning: {name}: {finding}", err=True)


def _crds_folder() -> Path | None:
    from crd_gen.errors import ProjectError  # noqa: PLC0415
    from crd_gen.project import find  # noqa: PLC0415

    try:
        return find(Path.cwd()).crds
    except ProjectError:
        return None


def _places(definitions: dict[str, Schema], new: str | None, crds: Path | None) -> dict[str, str]:
    """Give the file of each definition, by the folder or file that NEW names, or the project's folder."""
    from crd_gen.output import crd_name  # noqa: PLC0415

    place = Path(new) if new and not new.startswith("git:") else crds
    if place is None:
        return {}
    if place.is_file():
        return dict.fromkeys(definitions, _short(place.resolve()))
    return {name: _short(place.resolve() / crd_name(crd)) for name, crd in definitions.items()}


def _threshold(fail_on: FailOn) -> int:
    from crd_gen.diff import Weight  # noqa: PLC0415

    return max(Weight) + 1 if fail_on is FailOn.NEVER else Weight[fail_on.name]


def _short(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()
