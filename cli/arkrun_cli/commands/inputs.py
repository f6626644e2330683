"""A run's input from the command line: a JSON object of strings, or an error with its position."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arkrun_cli.errors import BadInputError, file_error

_KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


def merge_inputs(text: str | None, file: Path | None, pairs: Sequence[str]) -> dict[str, str]:
    """Merge the sources: --set overrides --input, which overrides --input-file. Raises BadInputError."""
    merged: dict[str, str] = {}
    if file is not None:
        merged |= parse_input(_read(file), f"--input-file {file}")
    if text is not None:
        merged |= parse_input(text, "--input")
    return merged | dict(_pair(pair) for pair in pairs)


def parse_input(text: str, source: str) -> dict[str, str]:
    """Parse a JSON object of strings; raises BadInputError with `source` and the position or key."""
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, source))
    except json.JSONDecodeError as error:
        raise BadInputError(_syntax_error(text, source, error)) from error
    if not isinstance(value, dict):
        raise BadInputError(
            f'{source} is {_kind(value)}; expected a JSON object of strings such as {{"topic": "AI"}}'
        )
    for key, member in value.items():
        if not isinstance(member, str):
            shown = json.dumps(member, ensure_ascii=False)
            raise BadInputError(
                f"{source}: {json.dumps(key)} is {_kind(member)} ({_truncate(shown)}); inputs are strings: "
                f"write {_truncate(json.dumps(shown, ensure_ascii=False))}"
            )
    return value


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise BadInputError(f'invalid --set "{text}": expected KEY=VALUE, such as --set topic=AI')
    return key, value


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot read --input-file {file}: {file_error(error)}") from error


def _unique(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise BadInputError(f"{source}: duplicate key {json.dumps(key)}")
        members[key] = value
    return members


def _syntax_error(text: str, source: str, error: json.JSONDecodeError) -> str:
    """Return the message with the line, and a caret under the position."""
    line = text.splitlines()[error.lineno - 1] if text.splitlines() else ""
    start = max(0, error.colno - 61)
    shown = line[start : start + 76]
    return (
        f"{source} is invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}\n"
        f"  {shown}\n  {' ' * (error.colno - 1 - start)}^"
    )


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS.get(type(value), "a string")


def _truncate(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
