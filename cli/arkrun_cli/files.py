"""Files that commands are given."""

from __future__ import annotations

import sys
from pathlib import Path

from arkrun_cli.errors import BadInputError, file_error

__all__ = ["read"]


def read(file: Path) -> str:
    """Read a text file, or stdin for `-`. Raises BadInputError if it cannot be read."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"cannot read {file}: {file_error(error)}") from error
