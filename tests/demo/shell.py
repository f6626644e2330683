"""A shell that runs the displayed commands and checks their output."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from demo.terminal import Terminal

COMMAND_SECONDS = 30


class StoryError(Exception):
    """A step did not have the expected result."""


class Shell:
    """Runs commands in `sh`, exactly as displayed, from the root of the repository."""

    def __init__(self, terminal: Terminal, environment: Mapping[str, str], directory: Path) -> None:
        self.terminal = terminal
        self._environment = dict(environment)
        self._directory = directory

    def runs(self, command: str, *expected: str) -> str:
        """Run a command that must succeed and print every expected text; return its output."""
        return self._play(command, expected, refused=False)

    def is_refused(self, command: str, *expected: str) -> str:
        """Run a command that must fail and print every expected text; return its output."""
        return self._play(command, expected, refused=True)

    def _play(self, command: str, expected: tuple[str, ...], *, refused: bool) -> str:
        self.terminal.command(command)
        code, printed = self._run(command)
        self.terminal.output(printed, refused=refused)
        if (code != 0) is not refused:
            expectation, result = (
                ("be refused", "succeeded") if refused else ("succeed", f"ended with {code}")
            )
            raise StoryError(f"`{command}` had to {expectation}, but {result}.")
        for text in expected:
            if not _contains(printed, text):
                raise StoryError(f"`{command}` had to print {text!r}, but did not.")
        return printed

    def _run(self, command: str) -> tuple[int, str]:
        """Run a command; after a timeout, kill it with its child processes."""
        with subprocess.Popen(
            ["/bin/sh", "-c", command],
            env=self._environment,
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as shell:
            try:
                printed, _ = shell.communicate(timeout=COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                raise StoryError(f"`{command}` did not end within {COMMAND_SECONDS} s.") from None
            finally:
                if shell.poll() is None:
                    os.killpg(shell.pid, signal.SIGKILL)
            return shell.returncode, printed


def _contains(printed: str, text: str) -> bool:
    """Return True if the output contains the text, ignoring the width of whitespace in tables."""
    return re.sub(r"\s+", " ", text) in re.sub(r"\s+", " ", printed)
