"""The commands of crd-gen.

Exit codes: 0 for success; 1 for a stale file, a change at or above --fail-on, or a model or definition with
an error; 2 for wrong usage or an input that cannot be read.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crd_gen.keywords import Schema
    from crd_gen.output.files import Kinds

# Commands import what they need: importing pydantic and PyYAML takes longer than most commands.
app = typer.Typer(
    help="Generate CustomResourceDefinitions from pydantic models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich takes longer than printing the help
)


class Output(enum.StrEnum):
    """Formats of a report."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class FailOn(enum.StrEnum):
    """The least severe change that fails the command, by the names of crd_gen.diff.Weight."""

    LOOSENING = "loosening"
    RATCHETED = "ratcheted"
    TIGHTENING = "tightening"
    BREAKING = "breaking"
    NEVER = "never"


Targets = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODULE:CLASS]…", help="Models; the default is those of [tool.crd-gen]."),
]
Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[MODULE:CLASS|YAML]…",
        help="Models, or definitions of anybody as a file, a folder, git:REV:path or -.",
    ),
]
Kubernetes = Annotated[
    str | None,
    typer.Option("--kubernetes", help="Oldest version that has to install the definitions, such as 1.33."),
]
Folder = Annotated[Path, typer.Option("-o", "--output", help="Folder for the files of the named models.")]


@app.command()
def write(
    targets: Targets = None,
    output: Folder = Path("crds"),
    *,
    install: Annotated[
        bool, typer.Option(help="Print all definitions as one stream for kubectl apply -f -.")
    ] = False,
) -> None:
    """Write the generated files that are stale."""
    from crd_gen.output.files import remove  # noqa: PLC0415
    from crd_gen.output.files import write as write_files  # noqa: PLC0415
    from crd_gen.resources.definition import python_only  # noqa: PLC0415

    if install:
        typer.echo(_stream(targets), nl=False)
        return
    inputs = _inputs(targets, output)
    _warn(inputs.documents)
    for line in python_only(inputs.kinds):
        typer.echo(line, err=True)
    changed = write_files(inputs.files)
    remove(inputs.orphans)
    for path in changed:
        typer.echo(f"wrote {_short(path)}")
    for path in inputs.orphans:
        typer.echo(f"deleted {_short(path)}, which belongs to no model")
    typer.echo(f"{len(inputs.files)} files, {len(changed)} changed")


@app.command()
def check(targets: Sources = None, output: Folder = Path("crds"), kubernetes: Kubernetes = None) -> None:
    """Exit 1 with a diff if a generated file is stale, or if the API server rejects a definition in YAML."""
    from crd_gen.manifests.sources import is_source, read_all  # noqa: PLC0415
    from crd_gen.output.stale import report_stale  # noqa: PLC0415
    from crd_gen.resources.definition import python_only  # noqa: PLC0415

    _target_version(kubernetes)
    if targets and all(is_source(target) for target in targets):
        if code := _report_findings(read_all(targets)):
            raise typer.Exit(code)
        return
    inputs = _inputs(targets, output)
    if code := report_stale(inputs.root, inputs.files, inputs.orphans, python_only(inputs.kinds)):
        raise typer.Exit(code)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="File, folder, git:REV or git:REV:path.")],
    new: Annotated[str | None, typer.Argument(help="The same; the default is the current models.")] = None,
    *,
    output: Annotated[Output, typer.Option(help="Format of the report.")] = Output.TEXT,
    fail_on: Annotated[FailOn, typer.Option(help="Least severe change that exits 1.")] = FailOn.TIGHTENING,
    waivers: Annotated[Path | None, typer.Option(help="TOML file of accepted changes.")] = None,
) -> None:
    """Classify changes as safe, loosening, ratcheted, tightening or breaking."""
    import datetime  # noqa: PLC0415

    from crd_gen.diff import compare, report  # noqa: PLC0415
    from crd_gen.diff.waivers import load, split, unused  # noqa: PLC0415
    from crd_gen.manifests.sources import read  # noqa: PLC0415

    crds = _crds_folder()
    before = read(old, crds=crds)
    after = read(new, crds=crds) if new else _definitions(None)
    today = datetime.datetime.now(datetime.UTC).date()
    accepted = load(waivers) if waivers else []
    counted, waived = split(compare(before, after), accepted, today)
    for line in unused(accepted, waived, today):
        typer.echo(line, err=True)
    writers: dict[Output, Callable[[], str]] = {
        Output.TEXT: lambda: report.text(counted, waived),
        Output.JSON: lambda: report.as_json(counted, waived),
        Output.SARIF: lambda: report.sarif(counted, waived, _files_of(before | after, new, crds)),
    }
    typer.echo(writers[output](), nl=False)
    if any(change.weight >= _threshold(fail_on) for change in counted):
        raise typer.Exit(1)


@app.command()
def docs(targets: Targets = None, output: Folder = Path("docs")) -> None:
    """Write the Markdown reference of each kind."""
    from crd_gen.output import files  # noqa: PLC0415

    for document in _definitions(targets).values():
        for path in files.write(files.docs_file(document, output)):
            typer.echo(f"wrote {_short(path)}")


@app.command()
def schema(targets: Targets = None, output: Folder = Path("schemas")) -> None:
    """Write the JSON Schema of each version of each kind, for editors."""
    from crd_gen.output import files  # noqa: PLC0415

    for document in _definitions(targets).values():
        for path in files.write(files.schema_files(document, output)):
            typer.echo(f"wrote {_short(path)}")


@app.command()
def cost(targets: Sources = None, kubernetes: Kubernetes = None) -> None:
    """Print the estimated cost of each CEL rule, and the server's limits."""
    from crd_gen.cel.rule_cost import CALL_LIMIT, RULE_LIMIT, costs  # noqa: PLC0415
    from crd_gen.manifests.normalize import completed  # noqa: PLC0415
    from crd_gen.manifests.sources import is_source, read_all  # noqa: PLC0415

    _target_version(kubernetes)
    if targets and all(is_source(target) for target in targets):
        documents = {name: completed(document) for name, document in read_all(targets).items()}
    else:
        documents = _definitions(targets)
    typer.echo(f"limits: {CALL_LIMIT:,} per evaluation, {RULE_LIMIT:,} per rule in total")
    for name, document in documents.items():
        for version in document["spec"]["versions"]:
            typer.echo(f"{name} {version['name']}")
            found = costs(version["schema"]["openAPIV3Schema"])
            for rule in sorted(found, key=lambda rule: (-rule.total, rule.path, rule.text)):
                figure = f"{rule.call:>12,} x {rule.count:<8,} = {rule.total:>12,}"
                typer.echo(f"{figure}  {rule.path or '(root)'}: {' '.join(rule.text.split())[:72]}")


@dataclass(frozen=True)
class Inputs:
    """The models of a command, and the files that they are generated into."""

    root: Path
    kinds: Kinds
    documents: dict[str, Schema]
    files: dict[Path, str]
    orphans: list[Path]


def _inputs(targets: list[str] | None, output: Path) -> Inputs:
    from crd_gen.output import files  # noqa: PLC0415
    from crd_gen.project.config import find  # noqa: PLC0415
    from crd_gen.project.targets import kinds  # noqa: PLC0415
    from crd_gen.resources.definition import definitions  # noqa: PLC0415

    if targets:
        found = kinds(targets)
        return Inputs(Path.cwd(), found, definitions(found), files.crd_files(found, output), [])
    project = find(Path.cwd())
    _use_version(project.kubernetes)
    found = kinds(project.models, project.root, project.paths)
    written = files.project_files(project, found)
    return Inputs(project.root, found, definitions(found), written, files.orphans(project, written))


def _definitions(targets: list[str] | None) -> dict[str, Schema]:
    from crd_gen.project.config import find  # noqa: PLC0415
    from crd_gen.project.targets import kinds  # noqa: PLC0415
    from crd_gen.resources.definition import definitions  # noqa: PLC0415

    if targets:
        return definitions(kinds(targets))
    project = find(Path.cwd())
    _use_version(project.kubernetes)
    return definitions(kinds(project.models, project.root, project.paths))


def _target_version(kubernetes: str | None) -> None:
    from crd_gen.project.config import minor  # noqa: PLC0415

    if kubernetes:
        _use_version(minor(kubernetes))


def _use_version(minor: int) -> None:
    from crd_gen.cel import declarations  # noqa: PLC0415

    if minor:
        declarations.use(minor)


def _report_findings(documents: dict[str, Schema]) -> int:
    """Print what the API server says of definitions; return the exit code."""
    from crd_gen.checks import findings  # noqa: PLC0415
    from crd_gen.manifests.normalize import completed  # noqa: PLC0415

    errors = 0
    for name, document in documents.items():
        for finding in findings(completed(document)):
            typer.echo(f"{finding.level}: {name}: {finding}", err=finding.level == "warning")
            errors += finding.level == "error"
    if not errors:
        typer.echo(f"{len(documents)} definitions have no errors")
    return 1 if errors else 0


def _stream(targets: list[str] | None) -> str:
    from crd_gen.output.yaml import dump  # noqa: PLC0415

    return "".join(f"---\n{dump(document)}" for document in _definitions(targets).values())


def _warn(documents: dict[str, Schema]) -> None:
    from crd_gen.checks import findings  # noqa: PLC0415

    for name, document in documents.items():
        for finding in findings(document):
            typer.echo(f"warning: {name}: {finding}", err=True)


def _crds_folder() -> Path | None:
    from crd_gen.errors import ProjectError  # noqa: PLC0415
    from crd_gen.project.config import find  # noqa: PLC0415

    try:
        return find(Path.cwd()).crds
    except ProjectError:
        return None


def _files_of(definitions: dict[str, Schema], new: str | None, crds: Path | None) -> dict[str, str]:
    """Return the file of each definition, in the file or folder NEW or else the project's folder."""
    from crd_gen.output.files import crd_name  # noqa: PLC0415

    source = Path(new) if new and not new.startswith("git:") else crds
    if source is None:
        return {}
    if source.is_file():
        return dict.fromkeys(definitions, _short(source.resolve()))
    return {name: _short(source.resolve() / crd_name(crd)) for name, crd in definitions.items()}


def _threshold(fail_on: FailOn) -> int:
    from crd_gen.diff import Weight  # noqa: PLC0415

    return max(Weight) + 1 if fail_on is FailOn.NEVER else Weight[fail_on.name]


def _short(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()
