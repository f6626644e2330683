"""`python -m attack`: try to change stored runs, and check that legitimate writes are accepted."""

import argparse
import sys
from time import perf_counter

from attack.arena import arena
from attack.runner import run
from attack.tally import FAILURES, Tally

SHARES = {"on": 0.2, "off": 0.1, "restarting": 0.1, "gone": 0.4, "alone": 0.2}


def main() -> None:
    """Run the attempts; exit with 1 if a change was accepted or a legitimate write refused."""
    options = _options()
    tally = Tally()
    shares = {mode: share for mode, share in SHARES.items() if mode in options.modes}
    with arena(options.copies, foreign=options.crds == "foreign") as attacked:
        for mode, share in shares.items():
            started = perf_counter()
            count = int(options.count * share / sum(shares.values()))
            run(attacked, mode, count, seed=options.seed, tally=tally, clients=options.clients)
            print(f"webhook {mode}: {count} attempts in {perf_counter() - started:.0f} s", flush=True)
    print(tally.table())
    accepted, blocked = tally.total("ACCEPTED"), tally.total("BLOCKED")
    print(
        f"seed {options.seed}: {tally.total()} attempts, {accepted} accepted changes, "
        f"{blocked} refused legitimate writes, {tally.total('BROKEN')} broken answers"
    )
    sys.exit(1 if tally.total(*FAILURES) else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m attack", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same attempts")
    parser.add_argument("--count", type=int, default=5000, help="total number of attempts")
    parser.add_argument("--crds", choices=("ours", "foreign"), default="ours", help="whose CRDs")
    parser.add_argument("--modes", nargs="+", choices=SHARES, default=list(SHARES), help="of the webhook")
    parser.add_argument("--copies", type=int, default=10, help="number of runs of each kind")
    parser.add_argument("--clients", type=int, default=3, help="number of concurrent clients")
    return parser.parse_args()


if __name__ == "__main__":
    main()
