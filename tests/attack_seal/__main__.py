"""`python -m attack_seal`: edit sealed runs in etcd, and verify runs over legitimate lifecycles."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from attack_seal.runner import attack, count_public_keys, run_lifecycles
from controlplane import ControlPlane
from seal.cluster.environment import seal_environment
from seal.cluster.foreign import install_operator_crds
from support.repository import CRDS


def main() -> None:
    """Run edits and lifecycles; exit with 1 after a wrong result or a false alarm."""
    options = _options()
    with (
        tempfile.TemporaryDirectory() as directory,
        seal_environment(Path(directory), _install(options)) as env,
    ):
        started = perf_counter()
        tally, wrong = attack(env, options.count, seed=options.seed)
        for kind, number in sorted(tally.items()):
            print(f"{number:7} {kind}")
        print(f"{options.count} edits in {perf_counter() - started:.0f} s, {len(wrong)} wrong results")
        for each in wrong[:5]:
            print(each)
        started = perf_counter()
        lifecycles = run_lifecycles(env, options.lives, seed=options.seed)
        states = ", ".join(f"{number} {state}" for state, number in sorted(lifecycles.states.items()))
        print(
            f"{len(lifecycles.names)} lifecycles in {perf_counter() - started:.0f} s, "
            f"{count_public_keys(env)} keys; "
            f"verified on the way: {states}; {len(lifecycles.altered)} false alarms"
        )
        for each in lifecycles.altered[:5]:
            print(each)
    sys.exit(1 if wrong or lifecycles.altered else 0)


def _install(options: argparse.Namespace) -> Callable[[ControlPlane], None]:
    return install_operator_crds if options.crds == "foreign" else _ours


def _ours(control_plane: ControlPlane) -> None:
    control_plane.apply_crds(CRDS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m attack_seal", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same edits")
    parser.add_argument("--count", type=int, default=2000, help="number of edits in etcd")
    parser.add_argument("--lives", type=int, default=400, help="number of lifecycles")
    parser.add_argument("--crds", choices=("ours", "foreign"), default="ours", help="whose CRDs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
