"""`python -m bench.profile`: where the time of a review goes, by function.

Times are of one process without sockets, so they tell parts from each other, not a throughput.
"""

import argparse
import cProfile
import pstats
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

from bench import inside
from bench.payloads import OPERATIONS, SIZES, payload


def main() -> None:
    """Print a line a case, and with `--functions` what is in it."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    parser.add_argument("--kilobytes", nargs="+", type=int, choices=[*SIZES], default=[*SIZES])
    parser.add_argument("--functions", type=int, default=12, help="how many functions to list; 0 for none")
    parser.add_argument("--count", type=int, default=500, help="reviews a case")
    chosen = parser.parse_args()
    for operation in chosen.operations:
        for kilobytes in chosen.kilobytes:
            _times(operation, kilobytes, chosen.count, chosen.functions)


def _times(operation: str, kilobytes: int, count: int, functions: int) -> None:
    one = payload(operation, kilobytes)
    spent = {name: inside.run(name, one, count, _clock)[0] / count * 1e6 for name in ("null", "ours")}
    print(f"{operation} {kilobytes} KB: null {spent['null']:.0f} µs, ours {spent['ours']:.0f} µs", flush=True)
    if functions:
        stats = pstats.Stats(inside.run("ours", one, count, cProfile.Profile))
        stats.sort_stats("tottime").print_stats(functions)


@contextmanager
def _clock() -> Iterator[list[float]]:
    spent: list[float] = []
    started = process_time()
    yield spent
    spent.append(process_time() - started)


if __name__ == "__main__":
    main()
