"""The loop that reconciles after every watch event, when an action is due, and at least once a tick."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from arkrun_certs.cluster.injector import Watch
from arkrun_certs.metrics import CertificateMetrics, failure_reason
from arkrun_certs.rotation.decision import IDLE, Decision
from arkrun_kube import ApiError, ConflictError, KubeError

__all__ = ["Controller", "Reconciler", "converge"]

_log = structlog.get_logger(__name__)
_FIRST_RETRY, _MAX_RETRY = 0.5, 15.0  # seconds
_MINIMUM_PAUSE = timedelta(milliseconds=50)
_STEP_LIMIT = 100


class Reconciler(Protocol):
    """Bring one thing up to date; the interface that a controller drives."""

    async def reconcile(self) -> Decision:
        """Perform all actions that are possible now. Raises KubeError if one fails."""

    def watches(self) -> tuple[Watch, ...]:
        """Return the streams of events that trigger a reconciliation."""


class Controller:
    """Run one reconciler; `failure` is the error of the last reconciliation, or "" if it succeeded."""

    def __init__(
        self,
        name: str,
        reconciler: Reconciler,
        *,
        tick: timedelta,
        metrics: CertificateMetrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._reconciler = reconciler
        self._tick = tick
        self._metrics = metrics
        self._clock = clock
        self._retry = _FIRST_RETRY
        self._triggered = asyncio.Event()
        self.failure = ""

    async def run(self) -> None:
        """Reconcile until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in self._reconciler.watches():
                group.create_task(self._listen(watch))
            while True:
                pause = await self.reconcile_once()
                # Not wait_for: before Python 3.12 it can swallow the cancellation that ends this loop.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._triggered.wait()
                self._triggered.clear()

    async def reconcile_once(self) -> float:
        """Reconcile and return the number of seconds until the next reconciliation is due."""
        try:
            decision = await self._reconciler.reconcile()
        except KubeError as error:
            return self._fail(failure_reason(error), str(error))
        except Exception as error:  # noqa: BLE001
            # Unexpected content in the cluster must not end the loop that renews certificates.
            _log.exception(self._name, action="retry")
            return self._fail("unexpected", f"{type(error).__name__}: {error}")
        if self.failure:
            _log.info(self._name, action="recovered", reason=decision.reason)
        self.failure = ""
        self._retry = _FIRST_RETRY
        # Timers stop while a machine is suspended, so no pause is longer than the tick.
        due = (decision.due or self._clock() + self._tick) - self._clock()
        return max(min(due, self._tick), _MINIMUM_PAUSE).total_seconds()

    def _fail(self, kind: str, reason: str) -> float:
        self._metrics.failures.labels(kind).inc()
        if self.failure != reason:
            _log.error(self._name, action="retry", reason=reason)
        self.failure = reason
        pause, self._retry = self._retry, min(self._retry * 2, _MAX_RETRY)
        return pause

    async def _listen(self, watch: Watch) -> None:
        """Trigger a reconciliation for every event; restart a watch that ends or fails."""
        pause = _FIRST_RETRY
        while True:
            try:
                async for event in watch():
                    pause = _FIRST_RETRY
                    if event.type != "BOOKMARK":
                        self._triggered.set()
            except Exception as error:  # noqa: BLE001
                # Whatever the API server sends, a loop that has ended reconciles nothing.
                _log.debug(self._name, action="watch again", reason=str(error))
                pause = min(pause * 2, _MAX_RETRY)
            await asyncio.sleep(pause)
            self._triggered.set()


async def converge(
    step: Callable[[], Awaitable[Decision]], resource: str, metrics: CertificateMetrics
) -> Decision:
    """Repeat `step` until there is nothing to do now.

    Raises KubeError if a step fails, or if other writers keep changing `resource`.
    """
    for _ in range(_STEP_LIMIT):
        try:
            decision = await step()
        except ConflictError:
            # Another replica was faster; the jitter keeps replicas from retrying simultaneously.
            metrics.failures.labels("conflict").inc()
            await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311 - jitter needs no cryptographic randomness
            continue
        if decision.action in IDLE:
            return decision
    raise ApiError(f"{resource} and the configurations were changed by others {_STEP_LIMIT} times in a row")
