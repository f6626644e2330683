"""`python -m soak.certs`: rotate the CA repeatedly while clients create runs; every create must succeed."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from datetime import UTC, datetime

from arkrun_certs.cluster.state_store import StateStore
from arkrun_certs.errors import EndpointError
from arkrun_certs.pki.x509 import Certificate
from arkrun_certs.rotation.state import State
from arkrun_certs.tools.endpoint import Endpoint, connect_tls
from arkrun_certs.tools.rotate import begin_rotation
from arkrun_kube import connect
from soak.certs.environment import HOST, NAMESPACE, SoakEnvironment
from soak.certs.load import Load

POLL_SECONDS = 0.1
TIMEOUT_SECONDS = 60.0


def main() -> None:
    """Run the soak test; exit 1 if a create failed or a rotation did not complete."""
    parser = argparse.ArgumentParser(prog="python -m soak.certs", description=__doc__)
    parser.add_argument("--rolls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=900, help="start no rotation after this time")
    parser.add_argument("--every", type=float, default=3.0, help="minimum seconds between two rotations")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--leaf-validity", default="60s")
    parser.add_argument("--settle", default="1s")
    parser.add_argument(
        "--drop",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="wait at the end until only the last CA is trusted",
    )
    options = parser.parse_args()
    with SoakEnvironment(options.replicas, options.leaf_validity, options.settle) as environment:
        started = time.monotonic()
        with Load(lambda: environment.control_plane.api, NAMESPACE, options.clients) as load:
            rolls = asyncio.run(
                Rolls(environment, load).run(options.rolls, options.every, options.seconds, drop=options.drop)
            )
        elapsed = time.monotonic() - started
    print(
        f"{rolls} of {options.rolls} rotations, {load.created + len(load.failures)} requests, "
        f"{len(load.failures)} failures, slowest {load.slowest * 1000:.0f} ms, {elapsed:.0f} s"
    )
    for failure, count in Counter(load.failures).most_common(10):
        print(f"{count} x {failure}")
    sys.exit(1 if load.failures or rolls < options.rolls else 0)


class Rolls:
    """Starts rotations and waits until the replicas have completed them."""

    def __init__(self, environment: SoakEnvironment, load: Load) -> None:
        self._environment = environment
        self._load = load

    async def run(self, count: int, every: float, seconds: float, *, drop: bool) -> int:
        """Rotate `count` times and return the number of completed rotations.

        With `drop`, the last rotation is complete once no other CA is trusted.
        """
        async with connect(kubeconfig=str(self._environment.control_plane.kubeconfig)) as client:
            settings = self._environment.settings
            self._store = StateStore(client, settings)
            completed = 0
            started = time.monotonic()
            try:
                while completed < count and time.monotonic() - started < seconds:
                    await asyncio.gather(self._roll(completed + 1), asyncio.sleep(every))
                    completed += 1
                if drop:
                    print("all rotations done, waiting until only the last CA is trusted", flush=True)
                    completed -= 1
                    async with asyncio.timeout(settings.leaf_validity.total_seconds() + TIMEOUT_SECONDS):
                        await self._wait_for_single_ca()
                    completed += 1
            except TimeoutError:
                print(f"rotation {completed + 1} did not complete in time", flush=True)
        return completed

    async def _roll(self, number: int) -> None:
        started = time.monotonic()
        target = await begin_rotation(self._environment.settings, self._store, lambda: datetime.now(UTC))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            state = await self._signing(target)
            while not await self._all_serve(state.pair.leaf, state.bundle):
                await asyncio.sleep(POLL_SECONDS)
                state = await self._state()
        print(
            f"rotation {number}: served by all replicas after {time.monotonic() - started:.1f} s, "
            f"{len(state.trusted)} CAs trusted, {self._load.created} created, "
            f"{len(self._load.failures)} failures",
            flush=True,
        )

    async def _signing(self, target: Certificate) -> State:
        """Wait until this CA signs the leaf."""
        while True:
            state = await self._state()
            if state.authority.certificate == target:
                return state
            await asyncio.sleep(POLL_SECONDS)

    async def _wait_for_single_ca(self) -> None:
        """Wait until only the last CA is trusted."""
        while True:
            if not (await self._state()).retired:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _state(self) -> State:
        stored = await self._store.read()
        if stored.state is None:
            sys.exit(stored.problem)
        return stored.state

    async def _all_serve(self, leaf: Certificate, bundle: bytes) -> bool:
        try:
            served = [await connect_tls(Endpoint(HOST, port), bundle) for port in self._environment.ports]
        except EndpointError:
            return False
        return all(each.leaf == leaf for each in served)


if __name__ == "__main__":
    main()
