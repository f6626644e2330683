"""An HTTP request without its credential."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Request"]


class Request(NamedTuple):
    """A request; `path` includes the query, and `seconds` is the timeout."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    seconds: float

    @property
    def call(self) -> str:
        """Method and path, as messages name them."""
        return f"{self.method} {self.path.partition('?')[0]}"
