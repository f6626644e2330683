"""The commands of crd-gen.

Exit codes: 0 for success; 1 for a stale file, a change at or above --fail-on, or a model or definition with
an error; 2 for wrong usage or an input that cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crd_gen.arguments import parser

if TYPE_CHECKING:
    from crd_gen.keywords import Schema
    from crd_gen.output.files import Kinds


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code. Raises CrdGenError, and SystemExit for wrong usage.

    A command imports what it needs: importing pydantic and PyYAML takes longer than most commands.
    """
    commands: dict[str, Callable[..., int]] = {
        "write": write,
        "check": check,
        "diff": diff,
        "docs": docs,
        "schema": schema,
        "cost": cost,
    }
    known = parser(commands)
    given = vars(known.parse_args(arguments))
    command: Callable[..., int] | None = given.pop("run", None)
    if command is None:
        known.print_help()
        return 2
    return command(**given)


def write(targets: list[str], output: Path, *, install: bool) -> int:
    """Write the generated files that are stale."""
    from crd_gen.output.files import remove  # noqa: PLC0415
    from crd_gen.output.files import write as write_files  # noqa: PLC0415
    from crd_gen.resources.definition import python_only  # noqa: PLC0415

    if install:
        sys.stdout.write(_stream(targets))
        return 0
    inputs = _inputs(targets, output)
    _warn(inputs.documents)
    for line in python_only(inputs.kinds):
        print(line, file=sys.stderr)
    changed = write_files(inputs.files)
    remove(inputs.orphans)
    for path in changed:
        print(f"wrote {_short(path)}")
    for path in inputs.orphans:
        print(f"deleted {_short(path)}, which belongs to no model")
    print(f"{_count(len(inputs.files), 'file')}, {len(changed)} changed")
    return 0


def check(targets: list[str], output: Path, kubernetes: str | None) -> int:
    """Exit 1 with a diff if a generated file is stale, or if the API server rejects a definition in YAML."""
    _target_version(kubernetes)
    if _are_sources(targets):
        return _report_findings(_read(targets))
    from crd_gen.output.stale import report_stale  # noqa: PLC0415
    from crd_gen.resources.definition import python_only  # noqa: PLC0415

    inputs = _inputs(targets, output)
    return report_stale(inputs.root, inputs.files, inputs.orphans, python_only(inputs.kinds))


def diff(old: str, new: str | None, *, output: str, fail_on: str, waivers: Path | None) -> int:
    """Classify changes as safe, loosening, ratcheted, tightening or breaking."""
    import datetime  # noqa: PLC0415

    from crd_gen.diff import compare, report  # noqa: PLC0415
    from crd_gen.diff.waivers import load, split, unused  # noqa: PLC0415
    from crd_gen.manifests.sources import read  # noqa: PLC0415

    crds = _crds_folder()
    before = read(old, crds=crds)
    after = read(new, crds=crds) if new else _definitions([])
    today = datetime.datetime.now(datetime.UTC).date()
    accepted = load(waivers) if waivers else []
    counted, waived = split(compare(before, after), accepted, today)
    for line in unused(accepted, waived, today):
        print(line, file=sys.stderr)
    writers: dict[str, Callable[[], str]] = {
        "text": lambda: report.text(counted, waived),
        "json": lambda: report.as_json(counted, waived),
        "sarif": lambda: report.sarif(counted, waived, _files_of(before | after, new, crds)),
    }
    sys.stdout.write(writers[output]())
    return 1 if any(change.weight >= _threshold(fail_on) for change in counted) else 0


def docs(targets: list[str], output: Path) -> int:
    """Write the Markdown reference of each kind."""
    from crd_gen.output import files  # noqa: PLC0415

    for document in _definitions(targets).values():
        for path in files.write(files.docs_file(document, output)):
            print(f"wrote {_short(path)}")
    return 0


def schema(targets: list[str], output: Path) -> int:
    """Write the JSON Schema of each version of each kind, for editors."""
    from crd_gen.output import files  # noqa: PLC0415

    for document in _definitions(targets).values():
        for path in files.write(files.schema_files(document, output)):
            print(f"wrote {_short(path)}")
    return 0


def cost(targets: list[str], kubernetes: str | None) -> int:
    """Print the estimated cost of each CEL rule, and the server's limits."""
    from crd_gen.cel.costs.rule_cost import CALL_LIMIT, RULE_LIMIT, costs  # noqa: PLC0415

    _target_version(kubernetes)
    documents = _read(targets) if _are_sources(targets) else _definitions(targets)
    print(f"limits: {CALL_LIMIT:,} per evaluation, {RULE_LIMIT:,} per rule in total")
    for name, document in documents.items():
        for version in document["spec"]["versions"]:
            print(f"{name} {version['name']}")
            found = costs(version["schema"]["openAPIV3Schema"])
            for rule in sorted(found, key=lambda rule: (-rule.total, rule.path, rule.text)):
                figure = f"{rule.call:>12,} x {rule.count:<8,} = {rule.total:>12,}"
                print(f"{figure}  {rule.path or '(root)'}: {' '.join(rule.text.split())[:72]}")
    return 0


@dataclass(frozen=True)
class Inputs:
    """The models of a command, and the files that they are generated into."""

    root: Path
    kinds: Kinds
    documents: dict[str, Schema]
    files: dict[Path, str]
    orphans: list[Path]


def _inputs(targets: list[str], output: Path) -> Inputs:
    from crd_gen.output import files  # noqa: PLC0415
    from crd_gen.project.config import find  # noqa: PLC0415
    from crd_gen.project.targets import kinds  # noqa: PLC0415
    from crd_gen.resources.definition import definitions  # noqa: PLC0415

    if targets:
        found = kinds(targets)
        documents = definitions(found)
        return Inputs(Path.cwd(), found, documents, files.crd_files(found, documents, output), [])
    project = find(Path.cwd())
    _use_version(project.kubernetes)
    found = kinds(project.models, project.root, project.paths)
    documents = definitions(found)
    written = files.project_files(project, found, documents)
    return Inputs(project.root, found, documents, written, files.orphans(project, written))


def _definitions(targets: list[str]) -> dict[str, Schema]:
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

    if kubernetes is not None:
        _use_version(minor(kubernetes))


def _use_version(minor: int) -> None:
    from crd_gen.cel.compiler import use_version  # noqa: PLC0415

    if minor:
        use_version(minor)


def _are_sources(targets: list[str]) -> bool:
    """Return True if the arguments name definitions in YAML, not models."""
    from crd_gen.errors import ProjectError  # noqa: PLC0415

    models = [target for target in targets if not _is_source(target)]
    if models and len(models) < len(targets):
        raise ProjectError(f"{models[0]!r} is a model, the others are definitions: check them separately")
    return bool(targets) and not models


def _is_source(target: str) -> bool:
    if not target or ":" in target:
        return target.startswith("git:")
    path = Path(target)
    is_folder = path.is_dir() and not (path / "__init__.py").is_file()
    return target == "-" or "/" in target or path.suffix in (".yaml", ".yml", ".json") or is_folder


def _read(sources: list[str]) -> dict[str, Schema]:
    """Read the definitions of anybody, with the defaults of the API server."""
    from crd_gen.manifests.normalize import completed  # noqa: PLC0415
    from crd_gen.manifests.sources import read_all  # noqa: PLC0415

    return {name: completed(document) for name, document in read_all(sources).items()}


def _report_findings(documents: dict[str, Schema]) -> int:
    """Print what the API server says of definitions; return the exit code."""
    from crd_gen.checks import findings  # noqa: PLC0415

    errors = 0
    for name, document in documents.items():
        for finding in findings(document):
            stream = sys.stderr if finding.level == "warning" else sys.stdout
            print(f"{finding.level}: {name}: {finding}", file=stream)
            errors += finding.level == "error"
    if not errors:
        print(f"no errors in {_count(len(documents), 'definition')}")
    return 1 if errors else 0


def _stream(targets: list[str]) -> str:
    from crd_gen.output.yaml import dump  # noqa: PLC0415

    return "".join(f"---\n{dump(document)}" for document in _definitions(targets).values())


def _warn(documents: dict[str, Schema]) -> None:
    from crd_gen.checks import findings  # noqa: PLC0415

    for name, document in documents.items():
        for finding in findings(document):
            print(f"warning: {name}: {finding}", file=sys.stderr)


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


def _threshold(fail_on: str) -> int:
    from crd_gen.diff import Weight  # noqa: PLC0415

    return max(Weight) + 1 if fail_on == "never" else Weight[fail_on.upper()]


def _short(path: Path) -> str:
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
