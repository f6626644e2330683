"""`python -m bench`: measure, print and write the results; `--short` is for CI."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import measure
from bench.errors import BenchError
from bench.figures import chart, report
from bench.measure import Plan
from bench.teams import STEPS
from bench.variants.site import VARIANTS
from controlplane import ControlPlaneError

SHORT = Plan(("null", "ours"), [min(STEPS)], {1: 60, 16: 160}, rounds=3, starts=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if a measurement failed, but not for slow results."""
    chosen = _parser().parse_args(arguments)
    plan = SHORT if chosen.short else Plan(VARIANTS, [*STEPS], chosen.creates, chosen.rounds, chosen.starts)
    machine = report.machine()
    try:
        measured = measure.run(plan, _say)
    except (BenchError, ControlPlaneError) as error:
        print(error, file=sys.stderr)
        return 1
    content = report.document(plan, measured, machine)
    print(report.table(content))
    if not chosen.short:
        report.write(chosen.output / "bench.json", content)
        (chosen.output / "bench.svg").write_text(chart.svg(content))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--short", action="store_true", help="measure only ours and the null pair, and write no file"
    )
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--starts", type=int, default=5, help="number of starts of each webhook")
    parser.add_argument(
        "--creates",
        type=_creates,
        default={1: 60, 16: 240},
        metavar="CLIENTS=NUMBER,…",
        help="creates per turn of small runs, by number of clients; half as many of large runs",
    )
    parser.add_argument(
        "--output", type=Path, default=report.RESULTS, help="folder for bench.json and bench.svg"
    )
    return parser


def _creates(text: str) -> dict[int, int]:
    return {
        int(clients): int(number) for clients, _, number in (part.partition("=") for part in text.split(","))
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
