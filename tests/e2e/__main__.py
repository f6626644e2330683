"""`make rounds`: install, use, upgrade, roll back and uninstall repeatedly.

Exits with 0 if every round had the same results and left only CRDs, policies and runs behind, and no write to
other kinds was refused.
"""

import argparse
import sys
import time

from controlplane import ControlPlaneError
from e2e.bystander import Bystander
from e2e.cluster import Cluster
from e2e.rounds import play

PRINTED_REFUSALS = 5


def main() -> int:
    """Run the rounds, print a line for each, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m e2e", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds: int = parser.parse_args().rounds
    try:
        with Cluster.from_environment(print) as cluster, Bystander(cluster) as bystander:
            return 0 if _all_alike(cluster, bystander, rounds) else 1
    except ControlPlaneError as error:
        print(error, file=sys.stderr)
        return 1


def _all_alike(cluster: Cluster, bystander: Bystander, rounds: int) -> bool:
    """Run rounds until a result differs from the first round's or a request of the bystander is refused."""
    first = None
    for number in range(1, rounds + 1):
        started = time.monotonic()
        observations = play(cluster, number)
        first = first or observations
        outcome = "as the first" if observations == first else f"DIFFERS: {observations}, expected {first}"
        print(
            f"round {number} of {rounds}: {outcome}, {time.monotonic() - started:.0f} s; "
            f"{bystander.written} writes to other kinds, {len(bystander.refused)} refused",
            flush=True,
        )
        if observations != first or bystander.refused:
            print(*bystander.refused[:PRINTED_REFUSALS], sep="\n")
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
