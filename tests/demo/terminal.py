"""Output of the demo: a heading for each scene, the command, its real output."""

import os
import sys
import textwrap
from collections.abc import Mapping
from typing import TextIO

WIDTH = 96
BOLD, DIM, RED, GREEN, CYAN, RESET = (f"\x1b[{code}m" for code in ("1", "2", "31", "32", "36", "0"))


class Terminal:
    """Prints in colour to a terminal, unless NO_COLOR is set (no-color.org)."""

    def __init__(self, stream: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._coloured = (
            self._stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        )
        self._scenes = 0

    def scene(self, title: str) -> None:
        """Print the numbered heading of a scene."""
        self._scenes += 1
        self._print(f"\n{self._paint(f'{self._scenes}. {title}', BOLD)}\n")

    def remark(self, text: str) -> None:
        """Print a remark between commands."""
        self._print(self._paint(textwrap.fill(text, WIDTH), DIM))

    def command(self, command: str) -> None:
        """Print a command as it would be typed."""
        self._print(f"{self._paint('$', GREEN)} {self._paint(command, CYAN)}")

    def output(self, text: str, *, refused: bool = False) -> None:
        """Print the output of a command unchanged."""
        if text.strip():
            lines = text.rstrip("\n").split("\n")
            self._print("\n".join(self._paint(line, RED) if refused and line else line for line in lines))
        self._print("")

    def success(self, text: str) -> None:
        self._print(self._paint(text, GREEN))

    def failure(self, text: str) -> None:
        self._print(self._paint(text, RED))

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{RESET}" if self._coloured else text

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)
