"""A client of the API server with a persistent connection."""

import http.client
from typing import Self

from controlplane import Answer, Api


class PersistentApi(Api):
    """An `Api` for one thread with a persistent connection; requests are retried once on a new one."""

    _connection: http.client.HTTPSConnection | None = None

    @classmethod
    def like(cls, other: Api) -> Self:
        """Return a client that acts as the same user as another one."""
        client = cls.__new__(cls)
        client.__dict__.update(other.__dict__)
        return client

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Answer:
        """Send a request; raises OSError or http.client.HTTPException if the retry fails too."""
        try:
            return self._send(method, path, body, content_type)
        except (OSError, http.client.HTTPException):
            self.close()
            return self._send(method, path, body, content_type)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: bytes | None, content_type: str) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPSConnection(self._address, context=self.context, timeout=35)
        headers = {"Accept": "application/json", "Content-Type": content_type}
        self._connection.request(method, path, body=body, headers=headers)
        response = self._connection.getresponse()
        return Answer(response.status, response.read())
