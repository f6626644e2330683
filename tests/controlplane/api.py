"""A raw HTTP client of the API server, for tests in which kubectl would interfere."""

import copy
import http.client
import json
import ssl
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from controlplane.pki import Pair

TIMEOUT_SECONDS = 35.0


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Decode the body."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The sentence of a Status object; empty for anything else."""
        document = self.json()
        return str(document.get("message", "")) if document.get("kind") == "Status" else ""


class Caller(Protocol):
    """A client of the API server."""

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Answer:
        """Send one request; a refusal is an answer, only a broken connection raises (OSError)."""


class Api:
    """A client of one user; every call is a connection of its own, so it outlives restarts."""

    def __init__(self, url: str, ca_file: Path, pair: Pair, *, directory: Path) -> None:
        self._address = urllib.parse.urlsplit(url).netloc
        self._headers: dict[str, str] = {}
        self.context = ssl.create_default_context(cafile=ca_file)
        chain = directory / "client.pem"
        chain.touch(mode=0o600)
        chain.write_bytes(pair.certificate + pair.key)
        self.context.load_cert_chain(chain)

    def impersonate(self, user: str) -> Self:
        """Return a client that acts as another user (Kubernetes, "User impersonation")."""
        other = copy.copy(self)
        other._headers = {"Impersonate-User": user}
        return other

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Answer:
        """Send one request; a refusal is an answer, only a broken connection raises (OSError)."""
        connection = http.client.HTTPSConnection(self._address, context=self.context, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Accept": "application/json", "Content-Type": content_type, **self._headers}
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()
