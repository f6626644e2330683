"""`python -m soak_history`: many runs, two replicas that are killed again and again, an API server that goes.

Ends with 1 unless exactly the runs are left that the reference page says, and each team knows its last one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from controlplane import ControlPlane
from historian import Historian, wait_for
from soak_history.population import Population, last_runs, left, names

CRDS = Path(__file__).resolve().parent.parent.parent / "crd-gen" / "crds"
LEASE_SECONDS = 3


def main() -> None:
    """Soak and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m soak_history", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--teams", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5, help="times the leader is killed")
    parser.add_argument("--seconds", type=float, default=600, help="give up after this time")
    options = parser.parse_args()
    with ExitStack() as held:
        control_plane = held.enter_context(ControlPlane(progress=print))
        control_plane.apply_crds(CRDS)
        directory = Path(held.enter_context(tempfile.TemporaryDirectory()))
        soak = Soak(control_plane, directory, teams=options.teams, runs=options.runs)
        sys.exit(0 if soak.run(options.kills, options.seconds) else 1)


class Soak:
    """One population and the replicas that keep it."""

    def __init__(self, control_plane: ControlPlane, directory: Path, *, teams: int, runs: int) -> None:
        self._control_plane = control_plane
        self._directory = directory
        self._population = Population(control_plane, "default", teams=teams, runs=runs)
        self._count = 0
        self.most_memory = 0
        """KiB that any replica has had at its most."""

    def run(self, kills: int, seconds: float) -> bool:
        """Make all, keep it under blows, and compare; whether it is as it should be."""
        began = time.monotonic()
        self._population.create()
        print(f"created in {time.monotonic() - began:.0f} s")
        wanted = left(self._population.teams(), self._population.runs(), datetime.now(UTC))
        began = time.monotonic()
        with ExitStack() as held:
            replicas = [held.enter_context(self._replica()) for _ in range(2)]
            for number in range(kills):
                self._blow(held, replicas, number)
                if lost := wanted - names(self._population.runs()):
                    print(f"deleted, though they should live: {', '.join(sorted(lost))}")
                    return False
            wait_for(lambda: names(self._population.runs()) == wanted, seconds)
            took = time.monotonic() - began
            wait_for(self._all_told, seconds)
            self._remember(replicas)
        print(
            f"{len(wanted)} runs left after {took:.0f} s, {kills} kills and a restart of the API server; "
            f"a replica had {self.most_memory / 1024:.0f} MiB at most"
        )
        return True

    def _blow(self, held: ExitStack, replicas: list[Historian], number: int) -> None:
        """Kill whoever leads, in the middle of its work; in between the API server goes as well."""
        wait_for(lambda: any(each.running and each.shows(LEADING, 1) for each in replicas))
        time.sleep(1)
        if number == 1:
            self._control_plane.stop_apiserver()
            self._control_plane.start_apiserver()
        self._remember(replicas)
        for each in list(replicas):
            if each.shows(LEADING, 1):
                each.kill()
                replicas.remove(each)
        while len(replicas) < 2:
            replicas.append(held.enter_context(self._replica()))

    def _replica(self) -> Historian:
        self._count += 1
        return Historian(
            self._control_plane, self._directory / f"replica-{self._count}", lease_seconds=LEASE_SECONDS
        )

    def _remember(self, replicas: list[Historian]) -> None:
        self.most_memory = max([self.most_memory, *(each.most_memory for each in replicas)])

    def _all_told(self) -> bool:
        told = {
            each["metadata"]["name"]: each.get("status", {}).get("lastRunName")
            for each in self._population.teams()
        }
        return all(told[team] in those for team, those in last_runs(self._population.runs()).items())


LEADING = "arkrun_history_leading"


if __name__ == "__main__":
    main()
