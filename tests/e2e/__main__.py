"""`make rounds`: install, use, upgrade, roll back and uninstall, again and again.

Ends with 0 when no round differed from the first, nothing but CRDs and runs was left behind, and no write to
anything that is no ArkRun or ArkTeam was ever refused.
"""

import argparse
import sys
import time

from controlplane import ControlPlaneError
from e2e.bystander import Bystander
from e2e.cluster import Cluster
from e2e.rounds import play

SHOWN = 5


def main() -> int:
    """Return the exit code; one line for each round."""
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
    """Run the rounds until one differs from the first or a request of the bystander was refused."""
    first = None
    for number in range(1, rounds + 1):
        started = time.monotonic()
        seen = play(cluster, number)
        first = first or seen
        outcome = "as the first" if seen == first else f"DIFFERS: {seen} is not {first}"
        print(
            f"round {number} of {rounds}: {outcome}, {time.monotonic() - started:.0f} s; "
            f"{bystander.written} writes to other kinds, {len(bystander.refused)} refused",
            flush=True,
        )
        if seen != first or bystander.refused:
            print(*bystander.refused[:SHOWN], sep="\n")
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
