"""A raw HTTP client of the API server, for tests in which kubectl would interfere."""

import copy
import http.client
import json
import ssl
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from controlplane.pki import Pair

TIMEOUT_SECONDS = 35.0


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Parse the body as JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The message of a Status object; empty for other bodies."""
        document = self.json()
        return str(document.get("message", "")) if document.get("kind") == "Status" else ""


class Caller(Protocol):
    """A client of the API server."""

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Answer:
        """Send a request; raises OSError if the connection fails, but not for error statuses."""


class Api:
    """A client of one user; each call opens a connection, so it works across restarts."""

    def __init__(self, url: str, ca_file: Path, pair: Pair, *, directory: Path) -> None:
        self._address = urllib.parse.urlsplit(url).netloc
        self.headers: dict[str, str] = {}
        self.context = ssl.create_default_context(cafile=ca_file)
        chain = directory / "client.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(pair.certificate + pair.key)
        self.context.load_cert_chain(chain)

    def impersonate(self, user: str) -> Self:
        """Return a client that acts as another user (Kubernetes, "User impersonation")."""
        other = copy.copy(self)
        other.headers = {"Impersonate-User": user}
        return other

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of a GET as they arrive, such as the events of a watch."""
        connection = http.client.HTTPSConnection(self._address, context=self.context, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path, headers={"Accept": "application/json", **self.headers})
            yield from connection.getresponse()
        finally:
            connection.close()

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Answer:
        """Send a request; raises OSError if the connection fails, but not for error statuses."""
        connection = http.client.HTTPSConnection(self._address, context=self.context, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Accept": "application/json", "Content-Type": content_type, **self.headers}
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()
