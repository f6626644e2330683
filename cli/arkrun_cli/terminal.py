"""What is written where: results on stdout, everything else on stderr; colour only where it is wanted."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PHASE_STYLES = {"Succeeded": "green", "Failed": "bold red", "Running": "cyan", "Skipped": "dim"}
# Wide enough that a table in a pipe or a log is not cut to a terminal that is not there.
PIPE_WIDTH = 140

# Agents write the text that we show: their control characters must not reach a terminal.
_CONTROLS = {code: "�" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def clean(text: str) -> str:
    """Give `text` without control characters; line ends and tabs stay."""
    return text.replace("\r\n", "\n").translate(_CONTROLS)


def say(text: str) -> None:
    """Write a line for the person, on stderr."""
    print(clean(text), file=sys.stderr, flush=True)


def result(text: str) -> None:
    """Write a result on stdout: as it is into a pipe, cleaned on a terminal."""
    print(clean(text) if sys.stdout.isatty() else text, flush=True)


@cache
def console(*, stderr: bool = False) -> Console:
    """Give rich's console for stdout or stderr; it honours NO_COLOR, FORCE_COLOR and TERM."""
    from rich.console import Console  # noqa: PLC0415 - `ark --help` needs no tables

    found = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    return (
        found
        if found.is_terminal
        else Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
    )
