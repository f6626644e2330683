"""The interface for servers: the TLS context to serve with, and the admission paths to accept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from prometheus_client import CollectorRegistry

from arkrun_certs.cluster.controller import Controller, Reconciler
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.pki.context import ReloadableContext
from arkrun_certs.pki.x509 import Pair
from arkrun_certs.reconcilers.client_ca import ClientCAReconciler
from arkrun_certs.reconcilers.files import FilesReconciler
from arkrun_certs.reconcilers.path import PathReconciler
from arkrun_certs.reconcilers.self_signed import SelfSignedReconciler
from arkrun_certs.rotation.token_state import is_accepted
from arkrun_certs.settings import CertificateMode, CertificateSettings
from arkrun_kube import Client

__all__ = ["CertificateManager", "Health", "wall_clock"]


@dataclass(frozen=True, slots=True)
class Health:
    """The result of a readiness check; `reason` is one sentence in either case."""

    ready: bool
    reason: str


class CertificateReconciler(Reconciler, Protocol):
    """A reconciler that loads a serving pair and has clients trust it."""

    untrusted_by: tuple[str, ...]

    @property
    def problem(self) -> str:
        """Return why part of the work cannot be done, or "" if all of it can."""


def wall_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class CertificateManager:
    """Maintain a valid, trusted `ssl_context` and the tokens that admission paths may carry.

    Metrics are registered in `registry`; `clock` returns the wall clock time in UTC.
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
        self._context = ReloadableContext()
        reconciler = SelfSignedReconciler if settings.mode is CertificateMode.SELF_SIGNED else FilesReconciler
        self._certificates: CertificateReconciler = reconciler(
            settings, client, metrics=self._metrics, clock=clock, context=self._context
        )
        self._path: PathReconciler | None = None
        self._client_ca: ClientCAReconciler | None = None
        self._controllers = [self._controller("certificates", self._certificates)]
        if settings.path_secret:
            self._path = PathReconciler(settings, client, metrics=self._metrics, clock=clock)
            self._controllers.append(self._controller("path", self._path))
        if settings.client_ca_file:
            self._client_ca = ClientCAReconciler(
                settings.client_ca_file, self._context, poll=settings.file_poll, clock=clock
            )
            self._controllers.append(self._controller("client CA", self._client_ca))
        self.ssl_context = self._context.context

    async def start(self) -> None:
        """Reconcile everything once so that `ssl_context` can serve.

        If no pair could be loaded, serve an untrusted placeholder so that probes can read why.
        """
        for each in self._controllers:
            await each.reconcile_once()
        if self._context.pair is None:
            self._context.load_placeholder(self._clock())

    async def run(self) -> None:
        """Renew, rotate, inject and reload until cancelled."""
        async with asyncio.TaskGroup() as group:
            for each in self._controllers:
                group.create_task(each.run())

    def accepts(self, token: str) -> bool:
        """Return True if `token`, the first segment of a request's path, is accepted."""
        return is_accepted(token, self._path.tokens if self._path else self._settings.path_tokens)

    def health(self) -> Health:
        """Return whether the served pair is valid and trusted and its path is called, as last observed.

        A rejected new pair or an unreachable API server does not affect readiness while the served pair is
        valid and trusted; the reason mentions it.
        """
        details = "; ".join(self._problems())
        pair = self._context.pair
        if pair is None:
            return Health(ready=False, reason=f"no certificate has been loaded yet: {details or 'starting'}")
        suffix = f"; {details}" if details else ""
        if problem := self._certificate_problem(pair) or self._path_problem() or self._client_ca_problem():
            return Health(ready=False, reason=f"{problem}{suffix}")
        return Health(
            ready=True, reason=f"the served certificate is valid until {_format_expiry(pair)}{suffix}"
        )

    def _certificate_problem(self, pair: Pair) -> str:
        if not self._context.is_valid(self._clock()):
            return f"the served certificate is not valid now, it ends {_format_expiry(pair)}"
        if self._certificates.untrusted_by:
            return f"the served certificate is not trusted by {', '.join(self._certificates.untrusted_by)}"
        return ""

    def _path_problem(self) -> str:
        if self._path is None:
            return ""
        if not self._path.tokens:
            return "no admission path is known yet"
        if self._path.uncalled_by:
            return f"no accepted admission path is called by {', '.join(self._path.uncalled_by)}"
        return ""

    def _client_ca_problem(self) -> str:
        if self._client_ca is None or self._client_ca.loaded:
            return ""
        return "no client CA has been loaded yet"

    def _problems(self) -> list[str]:
        problems = [self._certificates.problem, *(each.failure for each in self._controllers)]
        problems += [each.problem for each in (self._path, self._client_ca) if each]
        return list(dict.fromkeys(filter(None, problems)))

    def _controller(self, name: str, reconciler: Reconciler) -> Controller:
        return Controller(
            name, reconciler, tick=self._settings.tick, metrics=self._metrics, clock=self._clock
        )


def _format_expiry(pair: Pair) -> str:
    return f"{pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
