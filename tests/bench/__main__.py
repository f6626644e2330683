"""`python -m bench`: measure, print, write; `--short` is what CI can afford."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import chart, load, measure, report
from bench.errors import BenchError
from bench.measure import Plan
from bench.payloads import OPERATIONS, SIZES
from bench.servers import NAMES
from bench.summary import Row, rows
from controlplane import ControlPlaneError

SHORT = Plan(("null", "ours"), ("validate-allow", "mutate-create"), (7, 107), (4,), rounds=2, seconds=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 when a server could not be measured."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    plan = SHORT if chosen.short else _plan(chosen)
    seconds = plan.slices() * plan.seconds
    _say(f"bench: {plan.slices()} slices, about {seconds / 60:.0f} min, load from {load.generator()}")
    try:
        samples = [*measure.run(plan, _say)]
    except (BenchError, ControlPlaneError) as error:
        print(error, file=sys.stderr)
        return 1
    found = rows(samples)
    print(report.table(found, plan.servers))
    content = report.document(plan, samples, found)
    memory = ", ".join(f"{name} {value:.0f} MB" for name, value in content["rss_mb"].items())
    print(
        f"resident: {memory}; the generator used at most {content['largest_generator_share']:.0%} of its core"
    )
    if not chosen.short:
        report.write(chosen.output / "bench.json", content)
        _draw(chosen.output / "bench.svg", found, plan)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="ours beside null, in seconds; writes no file")
    parser.add_argument("--servers", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--operations", nargs="+", choices=OPERATIONS, default=OPERATIONS)
    parser.add_argument("--kilobytes", nargs="+", type=int, choices=[*SIZES], default=[*SIZES])
    parser.add_argument("--connections", nargs="+", type=int, default=[1, 16])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2, help="length of one slice")
    parser.add_argument(
        "--output", type=Path, default=report.RESULTS, help="folder for bench.json and bench.svg"
    )
    return parser


def _plan(chosen: argparse.Namespace) -> Plan:
    return Plan(
        chosen.servers,
        chosen.operations,
        chosen.kilobytes,
        chosen.connections,
        rounds=chosen.rounds,
        seconds=chosen.seconds,
    )


def _draw(path: Path, found: Sequence[Row], plan: Plan) -> None:
    connections = max(plan.connections)
    shown = [row for row in found if (row.operation, row.connections) == (plan.operations[0], connections)]
    title = f"{plan.operations[0]}, {connections} connections, one core: requests per second"
    path.write_text(chart.svg(shown, plan.servers, title=title))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
