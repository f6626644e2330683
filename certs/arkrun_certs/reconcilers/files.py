"""The certificates of files mode: issued by another tool, mounted as files, injected and served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import chain
from pathlib import Path
from time import monotonic

import structlog

from arkrun_certs.cluster.configuration import WebhookConfiguration
from arkrun_certs.cluster.controller import converge
from arkrun_certs.cluster.injector import Watch, bundle_fields, bundle_injector
from arkrun_certs.errors import MaterialError
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.pki import x509
from arkrun_certs.pki.context import ReloadableContext
from arkrun_certs.pki.files import TrustedPair, chains_to, read_directory
from arkrun_certs.pki.x509 import Certificate
from arkrun_certs.rotation.decision import Action, Decision
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import Client

__all__ = ["FilesReconciler"]

_log = structlog.get_logger(__name__)


class FilesReconciler:
    """Serve the files of a directory and inject ca.crt into the named configurations.

    Replicas see a change of a mounted Secret up to a minute apart. CAs are therefore only added to a
    caBundle, and removed when they expire, so that no replica removes a CA that another one still needs.
    """

    def __init__(
        self,
        settings: CertificateSettings,
        client: Client,
        *,
        metrics: CertificateMetrics,
        clock: Callable[[], datetime],
        context: ReloadableContext,
    ) -> None:
        self._settings = settings
        self._directory = settings.directory or Path()
        self._injector = bundle_injector(client, settings, metrics)
        self._metrics = metrics
        self._clock = clock
        self._context = context
        self._trusted: tuple[Certificate, ...] = ()
        self._trusted_since = monotonic()
        self._served: TrustedPair | None = None
        self.untrusted_by = tuple(map(str, self._injector.references))
        self.problem = ""

    def watches(self) -> tuple[Watch, ...]:
        """Return the streams of events of each configuration; the files are polled."""
        return self._injector.watches()

    async def reconcile(self) -> Decision:
        """Read the files, inject their CAs and serve the pair. Raises KubeError if a step fails."""
        return await converge(self._step, str(self._directory), self._metrics)

    async def _step(self) -> Decision:
        now = self._clock()
        poll = now + self._settings.file_poll
        mounted = self._read(now)
        # Without a valid pair in use, serve this one even before its CA is trusted.
        if mounted and not self._context.is_valid(now):
            self._serve(mounted)
        # The CAs of the served pair stay trusted until the mounted pair has replaced it.
        known = [each.trusted for each in (self._served, mounted) if each]
        await self._inject(tuple(dict.fromkeys(chain.from_iterable(known))), now)
        if mounted is None:
            return Decision(Action.WAIT, self.problem, poll)
        if mounted != self._served and not self._has_settled(mounted):
            return Decision(Action.WAIT, "the mounted pair's CA is not trusted everywhere yet", poll)
        if mounted != self._served:
            self._serve(mounted)
        return Decision(Action.NONE, self.problem or "the mounted pair is served", poll)

    def _read(self, now: datetime) -> TrustedPair | None:
        try:
            mounted = read_directory(self._directory)
        except MaterialError as error:
            self._reject(str(error))
            return None
        if self._context.is_valid(now) and not x509.is_valid(mounted.pair.leaf, now):
            self._reject(f"{self._directory}: the certificate is not valid now")
            return None
        if mounted == self._served:
            self.problem = ""
        return mounted

    def _reject(self, reason: str) -> None:
        self._metrics.failures.labels("material").inc()
        if self.problem != reason:
            _log.error("the mounted pair is refused, the last good one is served on", reason=reason)
        self.problem = reason

    async def _inject(self, authorities: tuple[Certificate, ...], now: datetime) -> None:
        """Add the CAs to every configuration and record since when all of them are trusted."""
        configurations = await self._injector.read()
        self._report(configurations, authorities)
        merged = [(each, _merge_bundle(each, authorities, now)) for each in configurations if authorities]
        outdated = [(each, bundle) for each, bundle in merged if not each.has_bundle(bundle)]
        await self._injector.inject((each, bundle_fields(each, bundle)) for each, bundle in outdated)
        if outdated:
            self._report(await self._injector.read(), authorities)
        if self._trusted != authorities or outdated:
            self._trusted, self._trusted_since = authorities, monotonic()

    def _report(
        self, configurations: tuple[WebhookConfiguration, ...], authorities: tuple[Certificate, ...]
    ) -> None:
        served = self._served
        self.untrusted_by = tuple(
            str(each.reference) for each in configurations if served and not _verifies(each, served)
        )
        self._metrics.in_sync.clear()
        for each in configurations:
            self._metrics.in_sync.labels(str(each.reference)).set(each.trusts(authorities))
        self._metrics.authorities.set(len(authorities))

    def _has_settled(self, mounted: TrustedPair) -> bool:
        """Return True if API servers have had the time to see the CAs of a new pair."""
        if self._served is None or not self._injector.references:
            return True
        if set(mounted.trusted) <= set(self._served.trusted):
            return True
        return monotonic() - self._trusted_since >= self._settings.settle.total_seconds()

    def _serve(self, mounted: TrustedPair) -> None:
        try:
            self._context.load(mounted.pair)
        except MaterialError as error:
            self._reject(f"{self._directory}: {error}")
            return
        self.problem = ""
        self._served = mounted
        expiry = mounted.pair.leaf.not_valid_after_utc
        _log.info("certificates", action=Action.SERVE.value, until=expiry.isoformat())
        self._metrics.leaf_not_after.set(expiry.timestamp())
        self._metrics.last_rotation.set(mounted.pair.leaf.not_valid_before_utc.timestamp())
        if mounted.trusted:
            last_expiry = max(each.not_valid_after_utc for each in mounted.trusted)
            self._metrics.ca_not_after.set(last_expiry.timestamp())


def _verifies(configuration: WebhookConfiguration, served: TrustedPair) -> bool:
    """Return True if every caBundle verifies the pair; an empty one stands for the system's root CAs."""
    return all(
        chains_to(served.pair, each) if each else not served.trusted for each in configuration.authorities()
    )


def _merge_bundle(
    configuration: WebhookConfiguration, authorities: tuple[Certificate, ...], now: datetime
) -> bytes:
    """Return the CAs that are trusted and valid now, followed by the new ones."""
    valid = (each for each in configuration.trusted() if x509.is_valid(each, now))
    return x509.to_pem(dict.fromkeys((*valid, *authorities)))
