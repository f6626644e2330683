"""Output streams: results go to stdout, messages to stderr; colours only in a terminal that wants them."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PHASE_STYLES = {"Succeeded": "green", "Failed": "bold red", "Running": "cyan", "Skipped": "dim"}
# rich assumes 80 columns where there is no terminal, and would truncate tables in pipes and logs.
PIPE_WIDTH = 140

# Outputs of agents must not send control sequences to the terminal.
_CONTROL_CHARACTERS = {code: "�" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def sanitize(text: str) -> str:
    """Return `text` with control characters replaced, except line ends and tabs."""
    return text.replace("\r\n", "\n").translate(_CONTROL_CHARACTERS)


def seal_style(seal: str) -> str:
    """Return the style of what the seals of a run say."""
    return {"verified": "green", "altered": "bold red"}.get(seal.partition(":")[0], "")


def print_message(text: str) -> None:
    """Write a message to stderr."""
    print(sanitize(text), file=sys.stderr, flush=True)


def print_result(text: str) -> None:
    """Write a result to stdout: unchanged to a pipe, sanitized to a terminal."""
    print(sanitize(text) if sys.stdout.isatty() else text, flush=True)


@cache
def console(*, stderr: bool = False) -> Console:
    """Return rich's console for stdout or stderr; it respects NO_COLOR, FORCE_COLOR and TERM."""
    from rich.console import Console  # noqa: PLC0415 - `ark --help` needs no tables

    detected = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if detected.is_terminal:
        return detected
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
