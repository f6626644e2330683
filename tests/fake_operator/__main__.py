"""`python -m fake_operator`: run the fake operator in the cluster of KUBECONFIG until Ctrl-C."""

import argparse
import os
import signal
import threading
from pathlib import Path

from fake_operator.machine import Outcome
from fake_operator.operator import Operator


def main() -> None:
    """Run the operator; exit with 0 on Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m fake_operator", description=__doc__)
    parser.add_argument("--namespace", default="", help="namespace to watch (default: all)")
    parser.add_argument("--seconds", type=float, default=1.0, help="duration of each step")
    parser.add_argument(
        "--fail-once",
        metavar="STEP",
        action="append",
        default=[],
        help="step that fails on its first attempt",
    )
    given = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())

    def script(_run: object, step: str, attempt: int) -> Outcome:
        error = "agent returned HTTP 529: overloaded" if step in given.fail_once and attempt == 0 else ""
        return Outcome(output=f"{step} done", seconds=given.seconds, error=error)

    with Operator(Path(os.environ["KUBECONFIG"]), script, namespace=given.namespace):
        ended.wait()


if __name__ == "__main__":
    main()
