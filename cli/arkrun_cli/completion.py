"""`kubectl_complete-ark`: the completion of `kubectl ark`, in the form that kubectl asks for."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys

# Directives of cobra, kubectl's library: let the shell complete files, or nothing.
_FILES, _NO_FILES = 0, 4
_FILE_OPTIONS = frozenset({"--input-file", "--web", "--kubeconfig", "--filename", "--keys"})


def main() -> None:
    """Print the completions of the arguments' last word, then a directive."""
    arguments = sys.argv[1:] or [""]
    os.environ |= {
        "_ARK_COMPLETE": "complete_bash",
        "COMP_WORDS": shlex.join(["ark", *arguments]),
        "COMP_CWORD": str(len(arguments)),
    }
    from arkrun_cli.cli import app  # noqa: PLC0415 - it reads the environment
    from arkrun_cli.errors import OutputError  # noqa: PLC0415
    from arkrun_cli.render.terminal import prepare_streams, write_result  # noqa: PLC0415

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        app(prog_name="ark")
    lines = [*printed.getvalue().split(), f":{_FILES if _completes_files(arguments) else _NO_FILES}"]
    with contextlib.suppress(OutputError):
        prepare_streams()
        write_result("".join(f"{line}\n" for line in lines))


def _completes_files(arguments: list[str]) -> bool:
    """Return True if the last word is a file: kubectl leaves these to the shell."""
    *before, word = arguments
    # -f names a file for verify, and follows for logs.
    if before and (before[-1] in _FILE_OPTIONS or (before[-1] == "-f" and "verify" in before)):
        return True
    return "lint" in before and not word.startswith("-")
