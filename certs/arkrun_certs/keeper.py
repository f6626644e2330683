"""The composition: one object that a server asks for its TLS context."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from kubernetes.aio.client import ApiClient
from prometheus_client import CollectorRegistry

from arkrun_certs.settings import CertificateSettings

__all__ = ["CertificateKeeper", "Health"]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether clients can trust what is served, and in one sentence why (not)."""

    ready: bool
    reason: str


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
        api_client: ApiClient,
        *,
        registry: CollectorRegistry | None = None,
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        self._settings = settings
        self._api_client = api_client
        self._registry = registry
        self._clock = clock
        self.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    async def start(self) -> None:
        """Return once a servable pair is loaded in `ssl_context` and injection has been tried."""
        raise NotImplementedError

    async def run(self) -> None:
        """Renew, roll, inject and reload until cancelled."""
        raise NotImplementedError

    def health(self) -> Health:
        """Tell whether the served pair is alive and trusted by the configurations, as last seen."""
        return Health(ready=False, reason="no certificate has been loaded yet")
