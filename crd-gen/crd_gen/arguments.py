"""The arguments of the crd-gen command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

Add = Callable[[argparse.ArgumentParser], None]
SEVERITIES = ("loosening", "ratcheted", "tightening", "breaking", "never")
"""The least severe change that fails `diff`, by the names of crd_gen.diff.Weight."""


def parser(commands: Mapping[str, Callable[..., int]]) -> argparse.ArgumentParser:
    """Build the parser of commands by name; a command's docstring is its help."""
    top = argparse.ArgumentParser(
        prog="crd-gen", description="Generate CustomResourceDefinitions from pydantic models."
    )
    subparsers = top.add_subparsers(title="commands", metavar="COMMAND")
    for name, run_command in commands.items():
        summary = run_command.__doc__ or ""
        command = subparsers.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=run_command)
        for add in _OPTIONS[name]:
            add(command)
    return top


def _targets(command: argparse.ArgumentParser) -> None:
    text = "models; the default is those of [tool.crd-gen]"
    command.add_argument("targets", nargs="*", metavar="MODULE:CLASS", help=text)


def _sources(command: argparse.ArgumentParser) -> None:
    text = "models, or definitions of anybody as a file, a folder, git:REV:path or -"
    command.add_argument("targets", nargs="*", metavar="MODULE:CLASS|YAML", help=text)


def _folder(default: str) -> Add:
    def add(command: argparse.ArgumentParser) -> None:
        text = f"folder for the files of the named models (default: {default})"
        command.add_argument("-o", "--output", type=Path, default=Path(default), metavar="FOLDER", help=text)

    return add


def _install(command: argparse.ArgumentParser) -> None:
    text = "print all definitions as one stream for kubectl apply -f -"
    command.add_argument("--install", action="store_true", help=text)


def _kubernetes(command: argparse.ArgumentParser) -> None:
    text = "oldest version that has to install the definitions, such as 1.33"
    command.add_argument("--kubernetes", metavar="VERSION", help=text)


def _compared(command: argparse.ArgumentParser) -> None:
    command.add_argument("old", metavar="OLD", help="file, folder, git:REV or git:REV:path")
    command.add_argument("new", nargs="?", metavar="NEW", help="the same; the default is the current models")


def _report(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--output", choices=("text", "json", "sarif"), default="text", help="format of the report"
    )
    text = "least severe change that exits 1 (default: tightening)"
    command.add_argument("--fail-on", choices=SEVERITIES, default="tightening", help=text)
    command.add_argument("--waivers", type=Path, metavar="FILE", help="TOML file of accepted changes")


_OPTIONS: Mapping[str, tuple[Add, ...]] = {
    "write": (_targets, _folder("crds"), _install),
    "check": (_sources, _folder("crds"), _kubernetes),
    "diff": (_compared, _report),
    "docs": (_targets, _folder("docs")),
    "schema": (_targets, _folder("schemas")),
    "cost": (_sources, _kubernetes),
}
