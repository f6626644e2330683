"""The composition root: settings in, a serving process out."""

from __future__ import annotations

import asyncio
import signal
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from socket import socket
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Protocol

import structlog
import uvicorn.server
import uvloop
from prometheus_client import REGISTRY
from uvicorn.config import Config

from arkrun_certs import CertificateManager, Health
from arkrun_kube import connect, logs
from arkrun_kube.listening import listen
from arkrun_webhook.http.app import Readiness, create_app
from arkrun_webhook.http.protocol import LimitedProtocol
from arkrun_webhook.settings import Settings
from arkrun_webhook.teams.api_server import ApiServer
from arkrun_webhook.teams.lookup import Fetch, Teams

if TYPE_CHECKING:
    from arkrun_webhook.observability.tracing import Tracing

log = structlog.get_logger("arkrun_webhook")


class Certificate(Protocol):
    """What the listener needs of the certificate's manager."""

    ssl_context: ssl.SSLContext

    def accepts(self, token: str) -> bool:
        """Return True if a path that begins with this token is one of ours."""

    def health(self) -> Health:
        """Return whether the API server can call us and trusts what is served."""


class Server(uvicorn.server.Server):
    """uvicorn that serves on for a while after SIGTERM.

    Endpoints of a Service lag behind the end of a pod, and the API server keeps its connections:
    closing the listener at once, as uvicorn does, loses calls. A second signal ends at once.
    """

    def __init__(self, config: Config, *, drain_seconds: float, port_file: Path | None) -> None:
        super().__init__(config)
        self.listening = threading.Event()
        self._drain_seconds = drain_seconds
        self._drained_at: float | None = None
        self._signal = ""
        self._port_file = port_file

    @property
    def draining(self) -> bool:
        """Whether a signal has asked this process to end."""
        return self._drained_at is not None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then tell which port it is."""
        await super().startup(sockets)
        self.port: int = self.servers[0].sockets[0].getsockname()[1]
        if self._port_file is not None:
            self._port_file.write_text(f"{self.port}\n")
        log.info("serving", host=self.config.host, port=self.port)
        self.listening.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin to drain on the first signal, end on the second."""
        if self.draining:
            self.should_exit = True
            return
        self._drained_at = monotonic() + self._drain_seconds
        self._signal = signal.Signals(sig).name
        # Headers of each answer from now on: the API server then opens its next connection elsewhere.
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers.append((b"connection", b"close"))

    async def on_tick(self, counter: int) -> bool:
        """End once the drain time is over; uvicorn calls it ten times a second."""
        # Not in the signal handler, which may interrupt the logger while it holds its lock.
        if self._signal:
            log.info("draining", signal=self._signal, seconds=self._drain_seconds)
            self._signal = ""
        over = self._drained_at is not None and monotonic() >= self._drained_at
        return await super().on_tick(counter) or over


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raises what `serve` raises."""
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serve on one TLS listener.

    Raises arkrun_kube.ConfigError without a way to an API server,
    arkrun_certs.CertificateError without a certificate, OSError when the port is taken.
    """
    async with connect(agent="arkrun-webhook") as client:
        manager = CertificateManager(settings.certificates(), client, registry=REGISTRY)
        await manager.start()
        listening = listen(settings.host, settings.port)
        server = compose(settings, ApiServer(client).team, manager)
        upkeep = asyncio.create_task(manager.run())
        try:
            await server.serve([listening])
        finally:
            upkeep.cancel()
            with suppress(asyncio.CancelledError):
                await upkeep
    log.info("stopped")


def compose(settings: Settings, fetch: Fetch, certificate: Certificate) -> Server:
    """Put the application, the listener and the certificate together."""

    def readiness() -> Readiness:
        if server.draining:
            return Readiness(ready=False, reason="draining: this process ends soon")
        health = certificate.health()
        return Readiness(health.ready, health.reason)

    tracing = _tracing(settings.trace_endpoint) if settings.trace_endpoint else None
    app = create_app(
        Teams(tracing.fetch(fetch) if tracing else fetch),
        readiness,
        certificate.accepts,
        clients=settings.client_names if settings.client_ca_file else None,
        controllers=settings.controllers,
        around=tracing.handler if tracing else None,
        body_limit=settings.body_limit,
        bodies_limit=settings.bodies_limit,
        read_seconds=settings.read_seconds,
    )
    config = Config(
        app,
        host=settings.host,
        port=settings.port,
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",  # its warnings are about requests that anybody can send
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=5,
        ssl_context_factory=lambda _config, _default: certificate.ssl_context,
    )
    server = Server(config, drain_seconds=settings.drain_seconds, port_file=settings.port_file)
    return server


def _tracing(endpoint: str) -> Tracing:
    from arkrun_webhook.observability.tracing import Tracing  # noqa: PLC0415  # an extra

    return Tracing.to(endpoint)
