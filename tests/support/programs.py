"""A command line, run in this process: the start of an interpreter takes longer than most tests."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess

import pytest


def run_main(
    main: Callable[[], object], program: str, *arguments: str, **environment: str
) -> CompletedProcess[str]:
    """Call an entry point as its script does; it sees no variable but those of `environment`."""
    stdout, stderr = io.StringIO(), io.StringIO()
    command = [program, *arguments]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(stdout), redirect_stderr(stderr):
        patch.setattr(sys, "argv", command)
        for name in list(os.environ):
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else bool(end.code)
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
    return CompletedProcess(command, code, stdout.getvalue(), stderr.getvalue())
