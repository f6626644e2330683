"""The composition root: build a replica from the settings and run it until it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import uuid
from typing import TYPE_CHECKING

import structlog

from arkrun_history import metrics
from arkrun_history.cluster.clock import ServerClock
from arkrun_history.cluster.recorder import Recorder
from arkrun_history.health import serving
from arkrun_history.reflector.store import RunStore
from arkrun_history.retention.controller import Controller
from arkrun_history.retention.reconciler import Reconciler
from arkrun_history.settings import Settings
from arkrun_kube import Client, connect, logs
from arkrun_kube.lease import Lease

if TYPE_CHECKING:
    from arkrun_history.seal.controller import SealController

log = structlog.get_logger("arkrun_history")


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT, or for one pass; return the exit code. Raises what `serve` raises."""
    logs.configure(settings.log_level, settings.log_format)
    return asyncio.run(serve(settings))


async def serve(settings: Settings) -> int:
    """Run a replica and its probes; return the exit code.

    Raises arkrun_kube.ConfigError if no API server is configured, OSError if the port is in use, and with
    `once` the KubeError or HistoryError that prevents the pass.
    """
    clock = ServerClock()
    async with connect(agent="arkrun-history", on_response=clock.observe) as client:
        replica = Replica(settings, client, clock)
        async with serving(settings.host, settings.port, settings.port_file, replica.problem):
            return await _until_stopped(replica)


async def _until_stopped(replica: Replica) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    stop, work = asyncio.create_task(stopped.wait()), asyncio.create_task(replica.run())
    await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
    await _cancel(stop)
    finished = work.done()
    if not finished:
        await _cancel(work)
    await replica.lease.release()
    log.info("stopped")
    return work.result() if finished else 0


class Replica:
    """One process: waits for the Lease, works while it holds it, and starts over after losing it."""

    def __init__(self, settings: Settings, client: Client, clock: ServerClock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._identity = f"{os.environ.get('HOSTNAME') or socket.gethostname()}_{uuid.uuid4().hex[:8]}"
        self._controller: Controller | None = None
        self.lease = Lease(
            client,
            settings.effective_lease_namespace(),
            settings.lease_name,
            identity=self._identity,
            seconds=settings.lease_seconds,
            on_failure=lambda _error: metrics.FAILURES.labels("lease").inc(),
        )
        metrics.LEADING.set_function(lambda: float(self.lease.left > 0))

    async def run(self) -> int:
        """Run until cancelled; with `once`, return 1 if a team could not be reconciled, else 0."""
        if self._settings.dry_run:
            return await self._work()
        while True:
            await self.lease.acquire(retry_refusals=not self._settings.once)
            work, renewal = asyncio.create_task(self._work()), asyncio.create_task(self.lease.renew())
            try:
                await asyncio.wait({work, renewal}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
            finally:
                await _cancel(work)
                await _cancel(renewal)

    def problem(self) -> str:
        """Return why this replica is not ready; a standby is ready if it could take over."""
        if not self._settings.dry_run and not self.lease.answered:
            return "cannot read the Lease"
        return self._controller.problem if self._controller is not None else ""

    async def _work(self) -> int:
        self._controller = self._new_controller()
        try:
            if self._settings.once:
                return 1 if await self._controller.run_once() else 0
            await self._controller.run()
        finally:
            self._controller = None
        return 0

    def _new_controller(self) -> Controller:
        """Build a controller with empty stores: those of an earlier term are stale."""
        settings, runs = self._settings, RunStore()
        recorder = Recorder(self._client, self._identity)
        reconciler = Reconciler(
            self._client,
            runs,
            self._clock,
            recorder=recorder,
            lease_remaining=self._lease_remaining,
            orphan_limits=settings.orphan_limits(),
            orphan_grace=settings.orphan_grace_seconds,
            dry_run=settings.dry_run,
            sealed_only=settings.seal,
        )
        return Controller(
            self._client,
            runs,
            reconciler,
            self._clock,
            settings.namespace,
            retention=settings.retention,
            sealing=self._new_sealing(runs, recorder),
        )

    def _new_sealing(self, runs: RunStore, recorder: Recorder) -> SealController | None:
        if not self._settings.seal:
            return None
        from arkrun_history.sealing import build_sealing  # noqa: PLC0415 - its keys need ten MB

        return build_sealing(self._settings, self._client, self._clock, runs, recorder)

    def _lease_remaining(self) -> float:
        return float("inf") if self._settings.dry_run else self.lease.left


async def _cancel(task: asyncio.Task[int] | asyncio.Task[None] | asyncio.Task[bool]) -> None:
    """Cancel a task and wait for its end; its result is ignored."""
    task.cancel()
    await asyncio.wait({task})
