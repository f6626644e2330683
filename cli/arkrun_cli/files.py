"""Files that commands are given."""

from __future__ import annotations

import sys
from pathlib import Path

from arkrun_cli.errors import BadInputError, file_error

__all__ = ["read", "read_bytes"]


def read(file: Path) -> str:
    """Read a UTF-8 file, or stdin for `-`. Raises BadInputError if it cannot be read."""
    data = read_bytes(file)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadInputError(f"cannot read {file}: {file_error(error)}") from error


def read_bytes(file: Path) -> bytes:
    """Read a file, or stdin for `-`. Raises BadInputError if it cannot be read."""
    if str(file) == "-" and sys.stdin is None:
        raise BadInputError(f"cannot read {file}: stdin is closed")
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot read {file}: {file_error(error)}") from error
