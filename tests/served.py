"""The webhook's application behind a real TLS listener, with a team that each test may change."""

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
from arkrun_webhook.server import Server, compose
from arkrun_webhook.settings import Settings
from arkrun_webhook.snapshot import Team
from arkrun_webhook.teams import Teams
from builders_webhook import team


@dataclass
class Served:
    """A running server; `team` is what every look-up gives."""

    context: ssl.SSLContext
    team: Team = field(default_factory=team)
    health: Health = field(default_factory=lambda: Health(ready=True, reason="ok"))
    server: Server = field(init=False)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return ("127.0.0.1", self.server.port)

    async def fetch(self, namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG002
        """Look up the team."""
        return self.team

    def connect(self) -> ssl.SSLSocket:
        """Open a TLS connection for bytes of one's own."""
        plain = socket.create_connection(self.address, timeout=10)
        return self.context.wrap_socket(plain, server_hostname="127.0.0.1")

    def ask(
        self, path: str, body: bytes = b"", method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request on a connection of its own; header names have underscores for dashes."""
        connection = http.client.HTTPSConnection(*self.address, context=self.context, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Content-Type": "application/json", **named})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def review(self, path: str, body: bytes) -> dict[str, Any]:
        """Send an AdmissionReview; gives the response part of the answer."""
        status, headers, answer = self.ask(path, body)
        assert (status, headers["content-type"]) == (200, "application/json")
        document = json.loads(answer)
        assert (document["apiVersion"], document["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        response: dict[str, Any] = document["response"]
        return response


@contextmanager
def serving() -> Iterator[Served]:
    """Serve in a thread of its own; waits at most 1 s for a body and takes at most 1 MiB."""
    authority = trustme.CA()
    listening, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(listening)
    authority.configure_trust(trusting)
    state = Served(trusting)
    settings = Settings(host="127.0.0.1", port=0, read_seconds=1, body_limit=1024 * 1024)
    state.server = compose(settings, Teams(state.fetch), listening, lambda: state.health)
    thread = threading.Thread(target=lambda: uvloop.run(state.server.serve()))
    thread.start()
    assert state.server.listening.wait(10)
    try:
        yield state
    finally:
        state.server.should_exit = True
        thread.join()
