"""A run's input from the command line: a JSON object of strings, or an error with its position."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arkrun_cli.errors import BadInputError, file_error

# Editors of Windows, and PowerShell's >, write one of these marks.
_ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_KINDS = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "an object"}


def merge_inputs(text: str | None, file: Path | None, pairs: Sequence[str]) -> dict[str, str]:
    """Merge the sources: --set overrides --input, which overrides --input-file. Raises BadInputError."""
    merged: dict[str, str] = {}
    if file is not None:
        merged |= parse_input(_read(file), f"--input-file {file}")
    if text is not None:
        merged |= parse_input(text, "--input")
    merged |= dict(_pair(pair) for pair in pairs)
    for key, value in merged.items():
        _check_unicode(key, value)
    return merged


def parse_input(text: str, source: str) -> dict[str, str]:
    """Parse a JSON object of strings; raises BadInputError with `source` and the position or key."""
    try:
        value = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=lambda pairs: _unique(pairs, source)
        )
    except json.JSONDecodeError as error:
        raise BadInputError(_syntax_error(text.removeprefix("\ufeff"), source, error)) from error
    except (RecursionError, ValueError) as error:
        # Nested too deeply, or a number of thousands of digits.
        raise BadInputError(
            f'{source} is not a JSON object of strings such as {{"topic": "AI"}}: {error}'
        ) from None
    if not isinstance(value, dict):
        raise BadInputError(
            f'{source} is {_kind(value)}; expected a JSON object of strings such as {{"topic": "AI"}}'
        )
    for key, member in value.items():
        if not isinstance(member, str):
            text = json.dumps(member, ensure_ascii=False)
            raise BadInputError(
                f"{source}: {json.dumps(key)} is {_kind(member)} ({_truncate(text)}); inputs are strings: "
                f"write {_truncate(json.dumps(text, ensure_ascii=False))}"
            )
    return value


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise BadInputError(f'invalid --set "{text}": expected KEY=VALUE, such as --set topic=AI')
    return key, value


def _read(file: Path) -> str:
    try:
        return decode(read_bytes(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot read --input-file {file}: {file_error(error)}") from error


def read_bytes(file: Path) -> bytes:
    """Read a file, or stdin for `-`. Raises OSError."""
    if str(file) != "-":
        return file.read_bytes()
    if sys.stdin is None:
        raise OSError("stdin is closed")
    return sys.stdin.buffer.read()


def decode(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark. Raises UnicodeDecodeError."""
    encoding = next((name for mark, name in _ENCODINGS.items() if data.startswith(mark)), "utf-8")
    return data.decode(encoding)


def _check_unicode(key: str, value: str) -> None:
    """Raise BadInputError for bytes that are not UTF-8: the API server would store U+FFFD for ever."""
    for text, what in ((key, "key"), (value, f"value of {key}")):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadInputError(
                f"the {what} {text!a} is not valid Unicode at character {error.start + 1}: give it as UTF-8"
            ) from None


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
    excerpt = line[start : start + 76]
    return (
        f"{source} is invalid JSON at line {error.lineno}, column {error.colno}: {error.msg}\n"
        f"  {excerpt}\n  {' ' * (error.colno - 1 - start)}^"
    )


def _kind(value: object) -> str:
    return "null" if value is None else _KINDS.get(type(value), "a string")


def _truncate(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
