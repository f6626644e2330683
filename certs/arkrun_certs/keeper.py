"""The composition: one object that a server asks for its TLS context and for the paths to accept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import CollectorRegistry

from arkrun_certs.client_ca import ClientAuthority
from arkrun_certs.context import LiveContext
from arkrun_certs.loop import ReconcileLoop, Reconciler
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.path import PathReconciler
from arkrun_certs.path_token import accepted
from arkrun_certs.provided import Provided
from arkrun_certs.selfsigned import SelfSigned
from arkrun_certs.settings import CertificateMode, CertificateSettings
from arkrun_kube import Client

__all__ = ["CertificateKeeper", "Health", "wall_clock"]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the API server can call us and trust us, and in one sentence why (not)."""

    ready: bool
    reason: str


class Source(Reconciler, Protocol):
    """One way to come by a serving pair that clients trust."""

    distrusting: tuple[str, ...]

    @property
    def problem(self) -> str:
        """What keeps it from doing all that it should."""


def wall_clock() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


class CertificateKeeper:
    """Keeps `ssl_context` servable and trusted, and knows which admission paths to accept.

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
        self._metrics.ready.set_function(lambda: self.health().ready)
        self._live = LiveContext()
        make = SelfSigned if settings.mode is CertificateMode.SELF_SIGNED else Provided
        self._source: Source = make(settings, client, metrics=self._metrics, clock=clock, context=self._live)
        self._loop = self._loop_of("certificates", self._source)
        self._path: PathReconciler | None = None
        self._clients: ClientAuthority | None = None
        self._more: list[ReconcileLoop] = []
        if settings.path_secret:
            self._path = PathReconciler(settings, client, metrics=self._metrics, clock=clock)
            self._more.append(self._loop_of("path", self._path))
        if settings.client_ca_file:
            self._clients = ClientAuthority(
                settings.client_ca_file, self._live, poll=settings.file_poll, clock=clock
            )
            self._more.append(self._loop_of("client CA", self._clients))
        self.ssl_context = self._live.context

    async def start(self) -> None:
        """Try once to load a servable pair in `ssl_context` and to have it trusted and called.

        If there is none to be had, a stand-in that nobody trusts lets probes ask why; `run` tries on.
        """
        for loop in (self._loop, *self._more):
            await loop.attempt()
        if self._live.pair is None:
            self._live.stand_in(self._clock())

    async def run(self) -> None:
        """Renew, roll, rotate, inject and reload until cancelled."""
        async with asyncio.TaskGroup() as group:
            for loop in (self._loop, *self._more):
                group.create_task(loop.run())

    def accepts(self, token: str) -> bool:
        """Return True if a call whose path begins with this token comes from who knows the path."""
        return accepted(token, self._path.tokens if self._path else self._settings.path_tokens)

    def health(self) -> Health:
        """Return whether the served pair is alive and trusted, and the path called, as last seen.

        A new pair that is refused, or an API server that is away, makes nobody unready as long as
        the last good pair is alive and trusted: the reason tells of it.
        """
        reason = self._unservable() or self._uncallable() or self._unverifiable()
        if reason:
            return Health(ready=False, reason=reason)
        pair = self._live.pair
        ends = f"{pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC" if pair else ""
        return Health(ready=True, reason=f"the served certificate is valid until {ends}{self._trouble()}")

    def _unservable(self) -> str:
        pair = self._live.pair
        if pair is None:
            trouble = self._trouble().removeprefix("; ") or "starting"
            return f"no certificate has been loaded yet: {trouble}"
        if not self._live.alive(self._clock()):
            ends = f"{pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
            return f"the served certificate is not valid now, it ends {ends}{self._trouble()}"
        if self._source.distrusting:
            who = ", ".join(self._source.distrusting)
            return f"the served certificate is not trusted by {who}{self._trouble()}"
        return ""

    def _uncallable(self) -> str:
        if self._path is None:
            return ""
        if not self._path.tokens:
            return f"no admission path is known yet{self._trouble()}"
        if self._path.uncalling:
            return (
                f"no accepted admission path is called by {', '.join(self._path.uncalling)}{self._trouble()}"
            )
        return ""

    def _unverifiable(self) -> str:
        if self._clients is None or self._clients.loaded:
            return ""
        return f"no client CA has been loaded yet{self._trouble()}"

    def _trouble(self) -> str:
        problems = [self._source.problem, self._loop.failure, *(each.failure for each in self._more)]
        problems += [each.problem for each in (self._path, self._clients) if each]
        return "".join(f"; {each}" for each in dict.fromkeys(filter(None, problems)))

    def _loop_of(self, name: str, reconciler: Reconciler) -> ReconcileLoop:
        return ReconcileLoop(
            name, reconciler, tick=self._settings.tick, metrics=self._metrics, clock=self._clock
        )
