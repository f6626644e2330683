"""The loop that reconciles: at every event of a watch, when something is due, and once a tick."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from arkrun_certs.decision import RESTING, Decision
from arkrun_certs.inject import Watch
from arkrun_certs.metrics import CertificateMetrics, failure_reason
from arkrun_kube import ApiError, ConflictError, KubeError

__all__ = ["ReconcileLoop", "Reconciler", "take_steps"]

_log = structlog.get_logger(__name__)
_RETRY_FIRST, _RETRY_LAST = 0.5, 15.0  # seconds
_STEPS = 100


class Reconciler(Protocol):
    """What the loop drives."""

    async def reconcile(self) -> Decision:
        """Do all that can be done now; a KubeError when something cannot be."""

    def watches(self) -> tuple[Watch, ...]:
        """Return the streams of events that are reasons to reconcile."""


class ReconcileLoop:
    """Drives one reconciler; `failure` says why the last attempt failed, "" when it did not."""

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
        self._retry = _RETRY_FIRST
        self._wake = asyncio.Event()
        self.failure = ""

    async def run(self) -> None:
        """Reconcile until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in self._reconciler.watches():
                group.create_task(self._listen(watch))
            while True:
                pause = await self.attempt()
                # Not wait_for: until Python 3.12 it may swallow the cancellation that ends this loop.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                self._wake.clear()

    async def attempt(self) -> float:
        """Reconcile once; return how many seconds may pass until the next time."""
        try:
            decision = await self._reconciler.reconcile()
        except KubeError as error:
            return self._failed(failure_reason(error), str(error))
        except Exception as error:  # noqa: BLE001
            # Whatever somebody put into the cluster, a loop that has died renews nothing.
            _log.exception(self._name, action="retry")
            return self._failed("unexpected", f"{type(error).__name__}: {error}")
        if self.failure:
            _log.info(self._name, action="recovered", reason=decision.reason)
        self.failure = ""
        self._retry = _RETRY_FIRST
        # A timer stands still in a suspended machine, so no pause is longer than the tick.
        due = (decision.due or self._clock() + self._tick) - self._clock()
        return max(min(due, self._tick), timedelta(milliseconds=50)).total_seconds()

    def _failed(self, kind: str, reason: str) -> float:
        self._metrics.failures.labels(kind).inc()
        if self.failure != reason:
            _log.error(self._name, action="retry", reason=reason)
        self.failure = reason
        pause, self._retry = self._retry, min(self._retry * 2, _RETRY_LAST)
        return pause

    async def _listen(self, watch: Watch) -> None:
        """Wake the loop at every event of one watch; a watch that breaks is begun again."""
        pause = _RETRY_FIRST
        while True:
            try:
                async for event in watch():
                    pause = _RETRY_FIRST
                    if event.type != "BOOKMARK":
                        self._wake.set()
            except Exception as error:  # noqa: BLE001
                # Whatever the API server sends, a loop that has ended reconciles nothing.
                _log.debug(self._name, action="watch again", reason=str(error))
                pause = min(pause * 2, _RETRY_LAST)
            await asyncio.sleep(pause)
            self._wake.set()


async def take_steps(
    step: Callable[[], Awaitable[Decision]], what: str, metrics: CertificateMetrics
) -> Decision:
    """Take steps until one rests. Raises KubeError when one fails, or others are always faster."""
    for _ in range(_STEPS):
        try:
            decision = await step()
        except ConflictError:
            # Another replica was faster. Not all of them shall come back in the same instant.
            metrics.failures.labels("conflict").inc()
            await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311 - no secret
            continue
        if decision.action in RESTING:
            return decision
    raise ApiError(f"{what} and the configurations were changed by others {_STEPS} times in a row")
