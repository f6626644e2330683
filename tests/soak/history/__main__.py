"""`python -m soak.history`: many runs, two replicas, repeated kills, a restart of the API server.

Exits with 1 unless exactly the runs according to the reference page are retained.
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
from soak.history.population import Population, last_runs, names, retained
from support.history.process import HistoryProcess
from support.polling import wait_for
from support.repository import CRDS

LEASE_SECONDS = 3


def main() -> None:
    """Run the soak test and print its results."""
    parser = argparse.ArgumentParser(prog="python -m soak.history", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--teams", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5, help="number of times the leader is killed")
    parser.add_argument("--seconds", type=float, default=600, help="timeout")
    options = parser.parse_args()
    with ExitStack() as stack:
        control_plane = stack.enter_context(ControlPlane(progress=print))
        control_plane.apply_crds(CRDS)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        soak = Soak(control_plane, directory, teams=options.teams, runs=options.runs)
        sys.exit(0 if soak.run(options.kills, options.seconds) else 1)


class Soak:
    """A population of runs and the replicas that prune it."""

    def __init__(self, control_plane: ControlPlane, directory: Path, *, teams: int, runs: int) -> None:
        self._control_plane = control_plane
        self._directory = directory
        self._population = Population(control_plane, "default", teams=teams, runs=runs)
        self._count = 0
        self.peak_memory_kib = 0

    def run(self, kills: int, seconds: float) -> bool:
        """Create the runs, kill leaders while they prune, and return True if the right runs are retained."""
        started = time.monotonic()
        self._population.create()
        print(f"created in {time.monotonic() - started:.0f} s")
        expected = retained(self._population.teams(), self._population.runs(), datetime.now(UTC))
        started = time.monotonic()
        with ExitStack() as stack:
            replicas = [stack.enter_context(self._replica()) for _ in range(2)]
            for number in range(kills):
                self._kill_leader(stack, replicas, number)
                if missing := expected - names(self._population.runs()):
                    print(f"deleted by mistake: {', '.join(sorted(missing))}")
                    return False
            wait_for(lambda: names(self._population.runs()) == expected, seconds)
            elapsed = time.monotonic() - started
            wait_for(self._last_runs_written, seconds)
            self._measure(replicas)
        print(
            f"{len(expected)} runs retained after {elapsed:.0f} s, {kills} kills and a restart of the API "
            f"server; peak memory of a replica {self.peak_memory_kib / 1024:.0f} MiB"
        )
        return True

    def _kill_leader(self, stack: ExitStack, replicas: list[HistoryProcess], number: int) -> None:
        """Kill the leader while it prunes; at the second kill, restart the API server first."""
        wait_for(lambda: any(replica.running and replica.is_leading() for replica in replicas))
        time.sleep(1)
        if number == 1:
            self._control_plane.stop_apiserver()
            self._control_plane.start_apiserver()
        self._measure(replicas)
        for replica in list(replicas):
            if replica.is_leading():
                replica.kill()
                replicas.remove(replica)
        while len(replicas) < 2:
            replicas.append(stack.enter_context(self._replica()))

    def _replica(self) -> HistoryProcess:
        self._count += 1
        return HistoryProcess(
            self._control_plane, self._directory / f"replica-{self._count}", lease_seconds=LEASE_SECONDS
        )

    def _measure(self, replicas: list[HistoryProcess]) -> None:
        self.peak_memory_kib = max([self.peak_memory_kib, *(replica.peak_memory_kib for replica in replicas)])

    def _last_runs_written(self) -> bool:
        written = {
            team["metadata"]["name"]: team.get("status", {}).get("lastRunName")
            for team in self._population.teams()
        }
        return all(written[team] in newest for team, newest in last_runs(self._population.runs()).items())


if __name__ == "__main__":
    main()
