"""The composition root: build the server from the settings and run it."""

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
from typing import Protocol

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

log = structlog.get_logger("arkrun_webhook")


class Certificate(Protocol):
    """The part of CertificateManager that the server uses."""

    ssl_context: ssl.SSLContext

    def accepts(self, token: str) -> bool:
        """Return True if admission paths may begin with this token."""

    def health(self) -> Health:
        """Return whether API servers can call this server and trust its certificate."""


class Server(uvicorn.server.Server):
    """A uvicorn server that drains: it serves for `drain_seconds` more after SIGTERM.

    The endpoints of a Service are updated with a delay, and API servers reuse connections, so closing the
    listener immediately, as uvicorn does, would lose calls. A second signal stops the server immediately.
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
        """Return True after the first signal."""
        return self._drained_at is not None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then write the port to the port file and the log."""
        await super().startup(sockets)
        self.port: int = self.servers[0].sockets[0].getsockname()[1]
        if self._port_file is not None:
            self._port_file.write_text(f"{self.port}\n")
        log.info("serving", host=self.config.host, port=self.port)
        self.listening.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Start to drain on the first signal, stop on the second."""
        if self.draining:
            self.should_exit = True
            return
        self._drained_at = monotonic() + self._drain_seconds
        self._signal = signal.Signals(sig).name
        # Headers of every response from now on, so that API servers connect to another pod.
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers.append((b"connection", b"close"))

    async def on_tick(self, counter: int) -> bool:
        """Stop once the drain time is over; uvicorn calls this ten times a second."""
        # Not logged by the signal handler, which may interrupt the logger while that holds its lock.
        if self._signal:
            log.info("draining", signal=self._signal, seconds=self._drain_seconds)
            self._signal = ""
        drained = self._drained_at is not None and monotonic() >= self._drained_at
        return await super().on_tick(counter) or drained


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raises what `serve` raises."""
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serve on one TLS listener.

    Raises arkrun_kube.ConfigError if no API server is configured, arkrun_certs.CertificateError if there is
    no certificate, OSError if the port is in use.
    """
    async with connect(agent="arkrun-webhook") as client:
        manager = CertificateManager(settings.certificates(), client, registry=REGISTRY)
        await manager.start()
        listening = listen(settings.host, settings.port)
        server = compose(settings, ApiServer(client).team, manager)
        maintenance = asyncio.create_task(manager.run())
        try:
            await server.serve([listening])
        finally:
            maintenance.cancel()
            with suppress(asyncio.CancelledError):
                await maintenance
    log.info("stopped")


def compose(settings: Settings, fetch: Fetch, certificate: Certificate) -> Server:
    """Build a server of the application that presents `certificate`."""

    def readiness() -> Readiness:
        if server.draining:
            return Readiness(ready=False, reason="draining: this process is stopping")
        health = certificate.health()
        return Readiness(health.ready, health.reason)

    tracing = None
    if settings.trace_endpoint:
        from arkrun_webhook.tracing import Tracing  # noqa: PLC0415  # needs an extra

        tracing = Tracing.to(settings.trace_endpoint)
    app = create_app(
        Teams(tracing.fetch(fetch) if tracing else fetch),
        readiness,
        certificate.accepts,
        clients=settings.client_names if settings.client_ca_file else None,
        controllers=settings.controllers,
        wrap=tracing.handler if tracing else None,
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
        log_level="error",  # it warns about requests that anyone can send
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=5,
        ssl_context_factory=lambda _config, _default: certificate.ssl_context,
    )
    server = Server(config, drain_seconds=settings.drain_seconds, port_file=settings.port_file)
    return server
