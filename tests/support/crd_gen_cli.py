"""crd-gen, run in this process: a start of Python costs more than most commands."""

import contextlib
import gc
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from crd_gen.cel.compiler import use_version
from crd_gen.cel.typing.declarations import MINORS
from crd_gen.cli import main


class Completed(NamedTuple):
    """The exit code and output of a command."""

    code: int
    stdout: str
    stderr: str


def crd_gen(folder: Path, *arguments: str, stdin: str | bytes | None = "") -> Completed:
    """Run a command in a folder, and forget the modules that it imported; None closes the standard input."""
    out, err = io.StringIO(), io.StringIO()
    before = set(sys.modules)
    with (
        _as_started(folder, arguments, stdin),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as exited:
            code = int(exited.code or 0)
        finally:
            use_version(MINORS[-1])
            gc.enable()
            for name in set(sys.modules) - before:
                if not name.startswith("crd_gen"):
                    del sys.modules[name]
    return Completed(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _as_started(folder: Path, arguments: tuple[str, ...], stdin: str | bytes | None) -> Iterator[None]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["crd-gen", *arguments])
        patch.setattr(sys, "path", sys.path[:])
        patch.setattr(sys, "stdin", None if data is None else io.TextIOWrapper(io.BytesIO(data)))
        yield
