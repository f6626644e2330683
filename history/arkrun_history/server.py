"""The composition root: settings in, a replica out."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import uuid

import structlog

from arkrun_history import metrics
from arkrun_history.clock import ServerClock
from arkrun_history.controller import Controller
from arkrun_history.events import Events
from arkrun_history.health import serving
from arkrun_history.keeper import Keeper
from arkrun_history.mirror import Runs
from arkrun_history.settings import Settings
from arkrun_kube import Client, connect, logs
from arkrun_kube.lease import Lease

log = structlog.get_logger("arkrun_history")


def run(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT, or once; gives the exit code. Raises what `serve` raises."""
    logs.configure(settings.log_level, settings.log_format)
    return asyncio.run(serve(settings))


async def serve(settings: Settings) -> int:
    """Work, and answer probes meanwhile.

    Raises arkrun_kube.ConfigError without a way to an API server, OSError when the port is taken; with
    `once` also what keeps the pass from being made.
    """
    clock = ServerClock()
    async with connect(agent="arkrun-history", on_response=clock.hear) as client:
        replica = Replica(settings, client, clock)
        async with serving(settings.host, settings.port, settings.port_file, replica.problem):
            return await _until_stopped(replica)


async def _until_stopped(replica: Replica) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    stop, work = asyncio.create_task(stopped.wait()), asyncio.create_task(replica.run())
    await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
    await _end(stop)
    ended = work.done()
    if not ended:
        await _end(work)
    await replica.lease.release()
    log.info("stopped")
    return work.result() if ended else 0


class Replica:
    """One process: waits for the Lease, works while it is ours, and begins anew when it is lost."""

    def __init__(self, settings: Settings, client: Client, clock: ServerClock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._identity = f"{os.environ.get('HOSTNAME') or socket.gethostname()}_{uuid.uuid4().hex[:8]}"
        self._controller: Controller | None = None
        self.lease = Lease(
            client,
            settings.where(),
            settings.lease_name,
            identity=self._identity,
            seconds=settings.lease_seconds,
            on_failure=lambda _error: metrics.FAILURES.labels("lease").inc(),
        )
        metrics.LEADING.set_function(lambda: float(self.lease.left > 0))

    async def run(self) -> int:
        """Work; with `once`, gives 1 when a team could not be tended, else 0."""
        if self._settings.dry_run:
            return await self._work(float("inf"))
        while True:
            await self.lease.acquire(retry_refusals=not self._settings.once)
            work, renewal = asyncio.create_task(self._work()), asyncio.create_task(self.lease.renew())
            try:
                await asyncio.wait({work, renewal}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
            finally:
                await _end(work)
                await _end(renewal)

    def problem(self) -> str:
        """Say why this replica is not ready; a standby is, as long as it could take over."""
        if not self._settings.dry_run and not self.lease.answered:
            return "the API server does not let us see the Lease"
        return self._controller.problem if self._controller is not None else ""

    async def _work(self, left: float | None = None) -> int:
        """Work with an empty memory: what an earlier term knew may be old."""
        runs, settings = Runs(), self._settings
        keeper = Keeper(
            self._client,
            runs,
            self._clock,
            events=Events(self._client, self._identity),
            left=lambda: self.lease.left if left is None else left,
            orphans=settings.orphans(),
            grace=settings.orphan_grace_seconds,
            dry_run=settings.dry_run,
        )
        self._controller = Controller(self._client, runs, keeper, self._clock, settings.namespace)
        try:
            if settings.once:
                return 1 if await self._controller.once() else 0
            await self._controller.run()
        finally:
            self._controller = None
        return 0


async def _end(task: asyncio.Task[int] | asyncio.Task[None] | asyncio.Task[bool]) -> None:
    """Cancel a task and wait until it has ended; what it ends with is of no interest any more."""
    task.cancel()
    await asyncio.wait({task})
