"""`python -m bench.instructions`: whose instructions a review costs, by library.

Counted by valgrind's callgrind, from the first review to the last, in one process without sockets: the same
on a busy machine, and without TLS and the kernel, which cost every server alike.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import inside, report
from bench.payloads import OPERATIONS, SIZES, payload
from bench.servers import TESTS

COUNTED = 200
"""Reviews whose instructions are counted; few of them, and what begins and ends with them weighs too much."""

LIBRARIES = {
    "the interpreter": r"/(libpython|python)3[^/]*$|/lib-dynload/",
    "msgspec": r"/msgspec/",
    "httptools": r"/httptools/",
    "uvloop": r"/uvloop/",
    "libc": r"/libc[.-][^/]*$",
}
"""Whose an object file is, by its path; all else is "others". libc copies and compares bytes, mostly."""

_OBJECT = re.compile(r"(c?)ob=\((\d+)\)(?: (.+))?")


def main() -> None:
    """Count, print a line a case, write instructions.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions", description=__doc__)
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    parser.add_argument("--kilobytes", nargs="+", type=int, choices=[*SIZES], default=[*SIZES])
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    parser.add_argument(
        "--one", nargs=3, metavar=("SERVER", "OPERATION", "KILOBYTES"), help=argparse.SUPPRESS
    )
    chosen = parser.parse_args()
    if chosen.one:
        server, operation, kilobytes = chosen.one
        inside.run(server, payload(operation, int(kilobytes)), COUNTED, _counting)
        return
    rows = [*_rows(chosen.operations, chosen.kilobytes)]
    report.write(chosen.output / "instructions.json", {"machine": report.machine(), "rows": rows})


def _rows(operations: Iterable[str], sizes: Iterable[int]) -> Iterator[dict[str, Any]]:
    for operation in operations:
        for kilobytes in sizes:
            counts = {server: count(server, operation, kilobytes) for server in ("null", "ours")}
            row = {"operation": operation, "kilobytes": kilobytes, "instructions": counts}
            print(json.dumps(row), flush=True)
            yield row


def count(server: str, operation: str, kilobytes: int) -> dict[str, int]:
    """Count the instructions of one review by library; raises CalledProcessError, FileNotFoundError."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
        command = [*valgrind, sys.executable, "-m", "bench.instructions"]
        command += ["--one", server, operation, str(kilobytes)]
        environment = {**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": "0"}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        with out.open() as lines:
            return {library: number // COUNTED for library, number in by_library(lines).items()}


def by_library(lines: Iterable[str]) -> Counter[str]:
    """Add up what callgrind has written (valgrind's manual, "Callgrind Format Specification").

    `ob=` names the object file of the lines that follow, `cob=` that of what they call; by a number alone
    where it has been named before. A line of cost ends in the cost; the one behind `calls=` is of what was
    called, which is counted where it is.
    """
    names: dict[str, str] = {}
    found: Counter[str] = Counter(dict.fromkeys((*LIBRARIES, "others"), 0))
    library, called = "others", False
    for line in lines:
        if named := _OBJECT.match(line):
            names.setdefault(named[2], named[3] or "")
            library = library if named[1] else _library(names[named[2]])
        elif line[:1] in "0123456789+-*" and not called:
            found[library] += int(line.rpartition(" ")[2])
        called = line.startswith("calls=")
    return found


def _library(path: str) -> str:
    return next((name for name, pattern in LIBRARIES.items() if re.search(pattern, path)), "others")


@contextmanager
def _counting() -> Iterator[None]:
    _callgrind("on")
    yield
    _callgrind("off")


def _callgrind(state: str) -> None:
    """Tell valgrind, under which this process runs, to count or not to."""
    subprocess.run(["callgrind_control", "-i", state, str(os.getpid())], check=True, capture_output=True)


if __name__ == "__main__":
    main()
