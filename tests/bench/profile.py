"""`python -m bench.profile`: where the time of a review goes, by function and by instruction.

Times are of one process without sockets, so they tell parts from each other, not a throughput.
Instructions are counted by valgrind's callgrind, from the first review to the last: they are the same on
a busy machine.
"""

import argparse
import cProfile
import os
import pstats
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

from bench import inside
from bench.payloads import OPERATIONS, SIZES, payload
from bench.servers import TESTS

COUNTED = 200
"""Reviews whose instructions are counted; few of them, and what begins and ends with them weighs too much."""


def main() -> None:
    """Print a line a case, and with `--functions` what is in it."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    parser.add_argument("--kilobytes", nargs="+", type=int, choices=[*SIZES], default=[*SIZES])
    parser.add_argument("--functions", type=int, default=12, help="how many functions to list; 0 for none")
    parser.add_argument("--instructions", action="store_true", help="count instructions (needs valgrind)")
    parser.add_argument("--count", type=int, default=500, help="reviews a case")
    parser.add_argument("--one", nargs=2, metavar=("SERVER", "COUNT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    for operation in chosen.operations:
        for kilobytes in chosen.kilobytes:
            if chosen.one:
                inside.run(chosen.one[0], payload(operation, kilobytes), int(chosen.one[1]), _counting)
            elif chosen.instructions:
                counts = {name: instructions(name, operation, kilobytes) for name in ("null", "ours")}
                shown = "  ".join(f"{name} {count / 1000:.0f}k" for name, count in counts.items())
                print(f"{operation} {kilobytes} KB: {shown} instructions a review", flush=True)
            else:
                _times(operation, kilobytes, chosen.count, chosen.functions)


def _times(operation: str, kilobytes: int, count: int, functions: int) -> None:
    one = payload(operation, kilobytes)
    spent = {name: inside.run(name, one, count, _clock)[0] / count * 1e6 for name in ("null", "ours")}
    print(f"{operation} {kilobytes} KB: null {spent['null']:.0f} µs, ours {spent['ours']:.0f} µs", flush=True)
    if functions:
        stats = pstats.Stats(inside.run("ours", one, count, cProfile.Profile))
        stats.sort_stats("tottime").print_stats(functions)


def instructions(server: str, operation: str, kilobytes: int) -> int:
    """Count the instructions of one review; raises CalledProcessError, FileNotFoundError without valgrind."""
    what = ["--operations", operation, "--kilobytes", str(kilobytes), "--one", server, str(COUNTED)]
    with tempfile.TemporaryDirectory() as name:
        valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={name}/out"]
        command = [*valgrind, sys.executable, "-m", "bench.profile", *what]
        environment = {**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found is not None, done.stderr
    return int(found[1]) // COUNTED


@contextmanager
def _clock() -> Iterator[list[float]]:
    spent: list[float] = []
    started = process_time()
    yield spent
    spent.append(process_time() - started)


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
