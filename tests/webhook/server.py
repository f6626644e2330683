"""The webhook's application behind a real TLS listener, with teams that a test can change."""

import asyncio
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import trustme
import uvloop

from arkrun_certs import Health
from arkrun_webhook.errors import TeamNotFound, WebhookError
from arkrun_webhook.server import Server, compose
from arkrun_webhook.settings import Settings
from arkrun_webhook.teams.team import Team
from support.builders.reviews import TOKEN, team, with_token


@dataclass
class Served:
    """A running server, and what it asks of its API server and its certificate."""

    context: ssl.SSLContext
    ssl_context: ssl.SSLContext
    server: Server = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Restore the usual team and health."""
        self.teams: dict[str, Team | WebhookError] = {"blog": team()}
        self.silent = False
        self.state = Health(ready=True, reason="ok")

    def accepts(self, token: str) -> bool:
        """Accept one token."""
        return token == TOKEN

    def health(self) -> Health:
        """Return the health of the certificate."""
        return self.state

    async def team(self, namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG002
        """Return a team, or raise the error that stands for it."""
        if self.silent:
            await asyncio.Event().wait()
        found = self.teams.get(name, TeamNotFound(namespace, name))
        if isinstance(found, WebhookError):
            raise found
        return found

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return ("127.0.0.1", self.server.port)

    def connect(self) -> ssl.SSLSocket:
        """Open a TLS connection for bytes of one's own."""
        return self.context.wrap_socket(self.connect_plain(), server_hostname="127.0.0.1")

    def connect_plain(self) -> socket.socket:
        """Open a TCP connection."""
        return socket.create_connection(self.address, timeout=10)

    def ask(
        self, path: str, body: bytes = b"", method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request to a path behind the token; header names have underscores for dashes."""
        return self.ask_exactly(with_token(path), body, method, **headers)

    def ask_exactly(
        self, path: str, body: bytes = b"", method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPSConnection(*self.address, context=self.context, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Content-Type": "application/json", **named})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def review(self, path: str, body: bytes) -> dict[str, Any]:
        """Send an AdmissionReview and return the response part of the answer."""
        status, headers, answer = self.ask(path, body)
        assert (status, headers["content-type"]) == (200, "application/json")
        document = json.loads(answer)
        assert (document["apiVersion"], document["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        response: dict[str, Any] = document["response"]
        return response


@contextmanager
def serving() -> Iterator[Served]:
    """Serve in a thread of its own; waits at most 1 s for a body and takes at most 2 MiB."""
    authority = trustme.CA()
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # With `cadata` the CAs of the system are not loaded, which takes longer than most tests.
    trusting = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    authority.issue_cert("127.0.0.1").configure_cert(listening)
    state = Served(trusting, listening)
    settings = Settings(host="127.0.0.1", port=0, read_seconds=1, body_limit=2 * 1024 * 1024)
    state.server = compose(settings, state.team, state)
    thread = threading.Thread(target=lambda: uvloop.run(state.server.serve()))
    thread.start()
    assert state.server.listening.wait(10)
    try:
        yield state
    finally:
        state.server.should_exit = True
        thread.join()
