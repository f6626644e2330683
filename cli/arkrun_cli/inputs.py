"""A run's input from the command line: a JSON object of strings, or an error that shows the place."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arkrun_cli.errors import BadInputError, reason

KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


def merged(text: str | None, file: Path | None, pairs: Sequence[str]) -> dict[str, str]:
    """Merge --input-file < --input < --set; raises BadInputError."""
    given: dict[str, str] = {}
    if file is not None:
        given |= parse(_read(file), f"--input-file {file}")
    if text is not None:
        given |= parse(text, "--input")
    return given | dict(_pair(pair) for pair in pairs)


def parse(text: str, source: str) -> dict[str, str]:
    """Read a JSON object whose values are strings; raises BadInputError that names `source` and the place."""
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, source))
    except json.JSONDecodeError as error:
        raise BadInputError(_not_json(text, source, error)) from error
    if not isinstance(value, dict):
        raise BadInputError(
            f'{source} is {_kind(value)}, not a JSON object of strings such as {{"topic": "AI"}}'
        )
    for key, each in value.items():
        if not isinstance(each, str):
            shown = json.dumps(each, ensure_ascii=False)
            raise BadInputError(
                f"{source}: {json.dumps(key)} is {_kind(each)} ({_cut(shown)}), and an input is text: "
                f"write {_cut(json.dumps(shown, ensure_ascii=False))}"
            )
    return value


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise BadInputError(f"--set {text}: needed KEY=VALUE, for example --set topic=AI")
    return key, value


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"--input-file {file} cannot be read: {reason(error)}") from error


def _unique(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadInputError(f"{source}: {json.dumps(key)} is given twice")
        found[key] = value
    return found


def _not_json(text: str, source: str, error: json.JSONDecodeError) -> str:
    """Show the line with a caret under the place."""
    line = text.splitlines()[error.lineno - 1] if text.splitlines() else ""
    start = max(0, error.colno - 61)
    shown = line[start : start + 76]
    return (
        f"{source} is not JSON at line {error.lineno}, column {error.colno}: {error.msg}\n"
        f"  {shown}\n  {' ' * (error.colno - 1 - start)}^"
    )


def _kind(value: object) -> str:
    return "null" if value is None else KINDS.get(type(value), "a string")


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
