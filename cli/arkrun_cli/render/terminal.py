"""Output streams: results go to stdout, messages to stderr; colours only in a terminal that wants them."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, TextIO

from arkrun_cli.errors import OutputError, file_error

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PHASE_STYLES = {"Succeeded": "green", "Failed": "bold red", "Running": "cyan", "Skipped": "dim"}
# rich assumes 80 columns where there is no terminal, and would cut tables in pipes and logs.
PIPE_WIDTH = 1_000_000

REPLACEMENT = "�"
# What agents wrote must neither control the terminal nor show in another order than it is stored in.
_UNSAFE_CODES = (
    *range(32),
    *range(0x7F, 0xA0),
    *(0x061C, 0x200E, 0x200F),  # directional marks
    *range(0x2028, 0x202F),  # line separators, embeddings and overrides
    *range(0x2066, 0x2070),  # isolates
    *range(0xD800, 0xE000),  # lone surrogates, which no encoding has
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),  # invisible tags
)
_UNSAFE = {code: REPLACEMENT for code in _UNSAFE_CODES if chr(code) not in "\n\t"}
_UNSAFE_IN_LINE = {**_UNSAFE, ord("\n"): " ", ord("\t"): " "}


def sanitize(text: str) -> str:
    """Return `text` with control and bidirectional characters replaced, except line ends and tabs."""
    return text if text.isascii() and text.isprintable() else text.replace("\r\n", "\n").translate(_UNSAFE)


def sanitize_line(text: str) -> str:
    """Return `text` as one line, sanitized: a name must not look like a second line of output."""
    return text if text.isascii() and text.isprintable() else text.translate(_UNSAFE_IN_LINE)


def is_safe(text: str) -> bool:
    """Return True if `sanitize` would change nothing."""
    return sanitize(text) == text


def prepare_streams() -> None:
    """Check that there is a stdout, and write what its encoding lacks as `?`. Raises OutputError."""
    if sys.stdout is None:
        raise OutputError("cannot write the output: stdout is closed")
    for stream in (sys.stdout, sys.stderr):
        # None if it is closed; a test's stream cannot be reconfigured.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def seal_style(seal: str) -> str:
    """Return the style of what the seals of a run say."""
    return {"verified": "green", "altered": "bold red"}.get(seal.partition(":")[0], "")


def print_message(text: str) -> None:
    """Write a message to stderr; nobody can be told that this failed."""
    if sys.stderr is None:
        return
    try:
        print(sanitize(text), file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def print_result(text: str) -> None:
    """Write a result to stdout: unchanged to a pipe, sanitized to a terminal."""
    write_result(f"{sanitize(text) if sys.stdout.isatty() else text}\n")


def print_rendered(renderable: RenderableType) -> None:
    """Render for stdout and write the result."""
    target = console()
    with target.capture() as captured:
        target.print(renderable)
    write_result(captured.get())


def write_result(text: str) -> None:
    """Write to stdout as it is. Raises OutputError: the disk is full, or the reader has gone."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        discard_result()
        raise OutputError(f"cannot write the output: {file_error(error)}") from None


def discard_result() -> None:
    """Send what stdout still buffers to nowhere: the interpreter would fail to write it at exit."""
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), stream.fileno())


def has_colours() -> bool:
    """Return True if results are printed to a terminal that shows colours, or FORCE_COLOR is set."""
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        # Nothing of rich is imported in a pipe.
        return False
    return console().color_system is not None and not console().no_color


@cache
def console(*, stderr: bool = False) -> Console:
    """Return rich's console for stdout or stderr; it respects NO_COLOR, FORCE_COLOR and TERM."""
    from rich.console import Console  # noqa: PLC0415 - `ark --help` needs no tables

    detected = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if detected.is_terminal:
        return detected
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
