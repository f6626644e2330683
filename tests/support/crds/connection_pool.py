"""Many requests to the API server in little time, over a few persistent connections."""

import base64
import http.client
import json
import ssl
import threading
import urllib.parse
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from controlplane import ControlPlane
from controlplane.api import Answer

THREADS = 4


class ConnectionPool:
    """A pool of connections with the admin's certificate."""

    def __init__(self, control_plane: ControlPlane, directory: Path) -> None:
        config = json.loads(control_plane.kubeconfig.read_text())
        user = config["users"][0]["user"]
        pair = directory / "client.pem"
        pair.write_bytes(
            b"\n".join(base64.b64decode(user[f"client-{part}-data"]) for part in ("certificate", "key"))
        )
        self._context = ssl.create_default_context(cafile=control_plane.ca_file)
        self._context.load_cert_chain(pair)
        self._address = urllib.parse.urlsplit(control_plane.url).netloc
        self._local = threading.local()
        self._open: list[http.client.HTTPSConnection] = []
        self._pool = ThreadPoolExecutor(THREADS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for connection in self._open:
            connection.close()

    def post(self, path: str, documents: Iterable[Any]) -> Sequence[Answer]:
        """POST every document; return the responses in the same order."""
        return list(self._pool.map(lambda document: self._send("POST", path, document), documents))

    def put(self, path: str, documents: Iterable[Any]) -> Sequence[Answer]:
        """PUT every document; return the responses in the same order."""
        return list(self._pool.map(lambda document: self._send("PUT", path, document), documents))

    def _send(self, method: str, path: str, document: Any) -> Answer:
        connection = self._connection()
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        connection.request(method, path, body=json.dumps(document).encode(), headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.read())

    def _connection(self) -> http.client.HTTPSConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPSConnection(self._address, context=self._context)
            self._open.append(self._local.connection)
        found: http.client.HTTPSConnection = self._local.connection
        return found
