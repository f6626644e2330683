"""A replica of a webhook with a CertificateManager that allows every request, over real TLS."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import uvicorn
from prometheus_client import CollectorRegistry

from arkrun_certs import CertificateManager, CertificateSettings
from arkrun_certs.manager import wall_clock
from arkrun_kube import connect
from support.certs.builders import HOST

Message = MutableMapping[str, Any]


async def allow(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Allow every AdmissionReview."""
    assert scope["type"] == "http"
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    uid = json.loads(body)["request"]["uid"]
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": True},
    }
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(review).encode()})


class PathGuard:
    """Allow requests to paths with an accepted token, and answer 404 to all others."""

    def __init__(self, manager: CertificateManager) -> None:
        self._keeper = manager

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Handle a request."""
        if self._keeper.accepts(scope["path"].split("/")[1]):
            await allow(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})


class Server(uvicorn.Server):
    """A uvicorn server without signal handlers that sets an event once it listens."""

    def __init__(self, context: ssl.SSLContext, application: Any) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                log_config=None,
                lifespan="off",
                timeout_keep_alive=120,
                timeout_graceful_shutdown=1,
                ssl_context_factory=lambda _config, _default: context,
            )
        )
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no handlers: a test runs several servers in one process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen and set the event."""
        await super().startup(sockets)
        self.listening.set()


class Replica:
    """A manager and a server in this process; `port` is reserved before the server starts."""

    def __init__(
        self,
        kubeconfig: Path,
        settings: CertificateSettings,
        clock: Callable[[], datetime] = wall_clock,
        port: int = 0,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._settings = settings
        self._clock = clock
        self._socket = socket.create_server((HOST, port))
        self.port: int = self._socket.getsockname()[1]
        self.registry = CollectorRegistry()

    def use(self, settings: CertificateSettings) -> None:
        """Replace the settings, some of which depend on the port."""
        self._settings = settings

    async def __aenter__(self) -> Self:
        self._client = connect(kubeconfig=str(self._kubeconfig))
        await self._client.__aenter__()
        self.manager = CertificateManager(
            self._settings, self._client, registry=self.registry, clock=self._clock
        )
        await self.manager.start()
        application = PathGuard(self.manager) if self._settings.path_secret else allow
        self._server = Server(self.manager.ssl_context, application)
        self._serving = asyncio.create_task(self._server.serve([self._socket]))
        self._managing = asyncio.create_task(self.manager.run())
        await self._server.listening.wait()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._managing.cancel()
        with suppress(asyncio.CancelledError):
            await self._managing
        self._server.should_exit = True
        await self._serving
        await self._client.__aexit__()

    def metric(self, name: str, **labels: str) -> float | None:
        """Return the current value of a metric."""
        return self.registry.get_sample_value(f"arkrun_certs_{name}", labels)
