"""`python -m soak.webhook`: create runs of a continuously edited team, then compare their snapshots."""

import argparse
import sys
from statistics import quantiles

from attack.arena import arena
from soak.webhook.snapshots import Soak


def main() -> None:
    """Run the soak test; exit with 1 if a snapshot is wrong or a create got an unexpected answer."""
    parser = argparse.ArgumentParser(prog="python -m soak.webhook", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--rate", type=float, default=50, help="creates per second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with arena(copies=1) as attacked:
        soak = Soak(attacked.control_plane.api, attacked.namespace, seed=options.seed)
        soak.run(options.minutes * 60, options.rate)
        history, stored, wrong = soak.history, soak.stored(), soak.wrong_runs()
    cuts = quantiles(history.milliseconds, n=100)
    print(f"{len(history.specs)} generations of the team, {dict(history.outcomes)}")
    print(f"creation: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, max {max(history.milliseconds):.0f} ms")
    print(f"{len(stored)} stored runs compared with the team's spec at their generation: {len(wrong)} differ")
    for line in [*wrong[:10], *history.unexpected[:10]]:
        print(line)
    sys.exit(1 if wrong or history.unexpected else 0)


if __name__ == "__main__":
    main()
