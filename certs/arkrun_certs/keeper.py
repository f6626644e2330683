"""The composition: one object that a server asks for its TLS context."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry

from arkrun_certs.context import LiveContext
from arkrun_certs.decision import Decision
from arkrun_certs.inject import Watch
from arkrun_certs.metrics import CertificateMetrics, failure_reason
from arkrun_certs.provided import Provided
from arkrun_certs.selfsigned import SelfSigned
from arkrun_certs.settings import CertificateMode, CertificateSettings
from arkrun_kube import Client, KubeError

__all__ = ["CertificateKeeper", "Health", "wall_clock"]

_log = structlog.get_logger(__name__)
_RETRY_FIRST, _RETRY_LAST = 0.5, 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Health:
    """Whether clients can trust what is served, and in one sentence why (not)."""

    ready: bool
    reason: str


class Source(Protocol):
    """One way to come by a serving pair that clients trust."""

    distrusting: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What keeps it from doing all that it should."""

    async def reconcile(self) -> Decision:
        """Do all that can be done now; a KubeError when something cannot be."""

    def watches(self) -> tuple[Watch, ...]:
        """Give the streams of events that are reasons to reconcile."""


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class CertificateKeeper:
    """Keeps `ssl_context` servable and trusted.

    Give `registry` to have the metrics there; `clock` is the wall clock, in UTC.
    """

    def __init__(
        self,
        settings: CertificateSettings,
        client: Client,
        *,
        registry: CollectorRegistry | None = None,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._metrics = CertificateMetrics(registry or CollectorRegistry())
        self._live = LiveContext()
        make = SelfSigned if settings.mode is CertificateMode.SELF_SIGNED else Provided
        self._source: Source = make(settings, client, metrics=self._metrics, clock=clock, context=self._live)
        self._failure = ""
        self._retry = _RETRY_FIRST
        self._wake = asyncio.Event()
        self.ssl_context = self._live.context

    async def start(self) -> None:
        """Try once to load a servable pair in `ssl_context` and to have it trusted.

        If there is none to be had, a stand-in that nobody trusts lets probes ask why; `run` tries on.
        """
        await self._attempt()
        if self._live.pair is None:
            self._live.stand_in(self._clock())

    async def run(self) -> None:
        """Renew, roll, inject and reload until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in self._source.watches():
                group.create_task(self._listen(watch))
            while True:
                pause = await self._attempt()
                # Not wait_for: until Python 3.12 it may swallow the cancellation that ends this loop.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                self._wake.clear()

    def health(self) -> Health:
        """Tell whether the served pair is alive and trusted by the configurations, as last seen.

        A new pair that is refused, or an API server that is away, makes nobody unready as long as
        the last good pair is alive and trusted: the reason tells of it.
        """
        health = self._health()
        self._metrics.ready.set(health.ready)
        return health

    def _health(self) -> Health:
        trouble = "; ".join(filter(None, (self._source.problem, self._failure)))
        pair = self._live.pair
        if pair is None:
            return Health(ready=False, reason=f"no certificate has been loaded yet: {trouble or 'starting'}")
        ends = f"{pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
        also = f"; {trouble}" if trouble else ""
        if not self._live.alive(self._clock()):
            return Health(
                ready=False, reason=f"the served certificate is not valid now, it ends {ends}{also}"
            )
        if self._source.distrusting:
            who = ", ".join(self._source.distrusting)
            return Health(ready=False, reason=f"the served certificate is not trusted by {who}{also}")
        return Health(ready=True, reason=f"the served certificate is valid until {ends}{also}")

    async def _attempt(self) -> float:
        """Reconcile once; return how many seconds may pass until the next time."""
        try:
            decision = await self._source.reconcile()
        except KubeError as error:
            return self._failed(failure_reason(error), str(error))
        except Exception as error:  # noqa: BLE001
            # Whatever somebody put into the cluster, a keeper that has died renews nothing.
            _log.exception("certificates", action="retry")
            return self._failed("unexpected", f"{type(error).__name__}: {error}")
        if self._failure:
            _log.info("certificates", action="recovered", reason=decision.reason)
        self._failure = ""
        self._retry = _RETRY_FIRST
        self.health()
        # A timer stands still in a suspended machine, so no pause is longer than the tick.
        due = (decision.due or self._clock() + self._settings.tick) - self._clock()
        return max(min(due, self._settings.tick), timedelta(milliseconds=50)).total_seconds()

    def _failed(self, kind: str, reason: str) -> float:
        self._metrics.failures.labels(kind).inc()
        if self._failure != reason:
            _log.error("certificates", action="retry", reason=reason)
        self._failure = reason
        self.health()
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
            except KubeError as error:
                _log.debug("certificates", action="watch again", reason=str(error))
                pause = min(pause * 2, _RETRY_LAST)
            await asyncio.sleep(pause)
            self._wake.set()
