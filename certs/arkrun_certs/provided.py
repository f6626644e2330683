"""The files mode: somebody else makes the pair, this process serves it and can make it trusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import chain
from pathlib import Path
from time import monotonic

import structlog

from arkrun_certs import x509
from arkrun_certs.context import LiveContext
from arkrun_certs.decision import Action, Decision
from arkrun_certs.errors import MaterialError
from arkrun_certs.files import Mounted, read_directory, verifies
from arkrun_certs.inject import Live, Watch, bundle_configurations, with_bundle
from arkrun_certs.loop import take_steps
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.x509 import Certificate
from arkrun_kube import Client

__all__ = ["Provided"]

_log = structlog.get_logger(__name__)


class Provided:
    """Serves the files of a directory; injects ca.crt into the configurations that are named.

    Replicas see a change of a mounted Secret up to a minute apart, so CAs are added to what is live
    and leave it when they expire: no replica takes away what another one still serves with.
    """

    def __init__(
        self,
        settings: CertificateSettings,
        client: Client,
        *,
        metrics: CertificateMetrics,
        clock: Callable[[], datetime],
        context: LiveContext,
    ) -> None:
        self._settings = settings
        self._directory = settings.directory or Path()
        self._configurations = bundle_configurations(client, settings, metrics)
        self._metrics = metrics
        self._clock = clock
        self._context = context
        self._trusted: tuple[Certificate, ...] = ()
        self._trusted_since = monotonic()
        self._served: Mounted | None = None
        self.distrusting = tuple(map(str, self._configurations.references))
        self.problem = ""

    def watches(self) -> tuple[Watch, ...]:
        """Give a stream of events for each object whose change is a reason to reconcile."""
        return self._configurations.watches()

    async def reconcile(self) -> Decision:
        """Read the files, make their CA trusted, serve the pair. Raises KubeError when one step fails."""
        return await take_steps(self._step, str(self._directory), self._metrics)

    async def _step(self) -> Decision:
        now = self._clock()
        poll = now + self._settings.file_poll
        mounted = self._read(now)
        # A pair is served even if nobody can be told to trust it, when there is no better one.
        if mounted and not self._context.alive(now):
            self._serve(mounted)
        # What is served stays trusted too, until the mounted pair has taken its place.
        known = [each.trusted for each in (self._served, mounted) if each]
        await self._make_trusted(tuple(dict.fromkeys(chain.from_iterable(known))), now)
        if mounted is None:
            return Decision(Action.WAIT, self.problem, poll)
        if mounted != self._served and not self._settled(mounted):
            return Decision(Action.WAIT, "the mounted pair's CA is not trusted everywhere yet", poll)
        if mounted != self._served:
            self._serve(mounted)
        return Decision(Action.NONE, self.problem or "the mounted pair is served", poll)

    def _read(self, now: datetime) -> Mounted | None:
        try:
            mounted = read_directory(self._directory)
        except MaterialError as error:
            self._refuse(str(error))
            return None
        if self._context.alive(now) and not x509.alive(mounted.pair.leaf, now):
            self._refuse(f"{self._directory}: the certificate is not valid now")
            return None
        if mounted == self._served:
            self.problem = ""
        return mounted

    def _refuse(self, reason: str) -> None:
        self._metrics.failures.labels("material").inc()
        if self.problem != reason:
            _log.error("the mounted pair is refused, the last good one is served on", reason=reason)
        self.problem = reason

    async def _make_trusted(self, wanted: tuple[Certificate, ...], now: datetime) -> None:
        """Inject until every configuration trusts `wanted`, and note since when it does."""
        lives = await self._configurations.read()
        self._judge(lives, wanted)
        merged = [(each, _merged(each, wanted, now)) for each in lives if wanted]
        outdated = [(each, bundle) for each, bundle in merged if not each.holds(bundle)]
        await self._configurations.inject((each, with_bundle(each, bundle)) for each, bundle in outdated)
        if outdated:
            self._judge(await self._configurations.read(), wanted)
        if self._trusted != wanted or outdated:
            self._trusted, self._trusted_since = wanted, monotonic()

    def _judge(self, lives: tuple[Live, ...], wanted: tuple[Certificate, ...]) -> None:
        served = self._served
        self.distrusting = tuple(
            str(each.reference) for each in lives if served and not _accepts(each, served)
        )
        self._metrics.in_sync.clear()
        for each in lives:
            self._metrics.in_sync.labels(str(each.reference)).set(each.trusts(wanted))
        self._metrics.authorities.set(len(wanted))

    def _settled(self, mounted: Mounted) -> bool:
        """Whether the API servers have had the time to learn of the CA of a new pair."""
        if self._served is None or not self._configurations.references:
            return True
        if set(mounted.trusted) <= set(self._served.trusted):
            return True
        return monotonic() - self._trusted_since >= self._settings.settle.total_seconds()

    def _serve(self, mounted: Mounted) -> None:
        try:
            self._context.load(mounted.pair)
        except MaterialError as error:
            self._refuse(f"{self._directory}: {error}")
            return
        self.problem = ""
        self._served = mounted
        ends = mounted.pair.leaf.not_valid_after_utc
        _log.info("certificates", action=Action.SERVE.value, until=ends.isoformat())
        self._metrics.leaf_not_after.set(ends.timestamp())
        self._metrics.last_rotation.set(mounted.pair.leaf.not_valid_before_utc.timestamp())
        if mounted.trusted:
            ca_ends = max(each.not_valid_after_utc for each in mounted.trusted)
            self._metrics.ca_not_after.set(ca_ends.timestamp())


def _accepts(live: Live, served: Mounted) -> bool:
    """Whether every webhook's caBundle verifies the pair; an empty one leaves it to the system's roots."""
    return all(verifies(served.pair, each) if each else not served.trusted for each in live.authorities())


def _merged(live: Live, wanted: tuple[Certificate, ...], now: datetime) -> bytes:
    """Join what is trusted and alive now with `wanted`."""
    staying = (each for each in live.trusted() if x509.alive(each, now))
    return x509.to_pem(dict.fromkeys((*staying, *wanted)))
