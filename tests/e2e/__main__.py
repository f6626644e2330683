"""`make rounds`: install, use, upgrade, roll back and uninstall, again and again.

Ends with 0 when no round differed from the first, nothing but CRDs and runs was left behind, and no write to
anything that is no ArkRun or ArkTeam was ever refused.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from e2e.bystander import Bystander
from e2e.cluster import Cluster
from e2e.rounds import play


def main() -> int:
    """Return the exit code; one line for each round."""
    parser = argparse.ArgumentParser(prog="python -m e2e", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds: int = parser.parse_args().rounds
    with (
        Cluster(
            Path(os.environ["KUBECONFIG"]),
            image=os.environ["IMAGE"],
            next_image=os.environ.get("NEXT_IMAGE", ""),
            progress=print,
        ) as cluster,
        Bystander(cluster) as bystander,
    ):
        first = None
        for number in range(1, rounds + 1):
            started = time.monotonic()
            seen = play(cluster, number)
            first = first or seen
            same = "as the first" if seen == first else f"DIFFERS: {seen} is not {first}"
            print(
                f"round {number} of {rounds}: {same}, {time.monotonic() - started:.0f} s; "
                f"{bystander.written} writes to other kinds, {len(bystander.refused)} refused",
                flush=True,
            )
            if seen != first or bystander.refused:
                print(*bystander.refused[:5], sep="\n")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
