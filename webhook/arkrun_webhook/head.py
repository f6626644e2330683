"""A request but for its body, as the parser has found it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import httptools
from msgspec import Struct

Headers = list[tuple[bytes, bytes]]


class Target(NamedTuple):
    """What a request is for."""

    path: str
    raw_path: bytes
    query: bytes


@lru_cache(maxsize=64)
def target(url: bytes) -> Target:
    """Read the target of a request."""
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    return Target(unquote(path) if "%" in path else path, parsed.path, parsed.query or b"")


class Head(Struct, frozen=True, gc=False):
    """Method, target and headers; `length` is None where its end must be told by the body itself."""

    method: str
    version: str
    target: Target
    headers: Headers
    named: dict[bytes, bytes]
    length: int | None
    expects_100: bool
    keep_alive: bool

    @classmethod
    def read(cls, parser: httptools.HttpRequestParser, url: bytes, headers: Headers) -> Head:
        """Read what a parser has found; the names of `headers` are in lower case."""
        named, version = dict(headers), parser.get_http_version()
        length = named.get(b"content-length")
        return cls(
            method=parser.get_method().decode("ascii"),
            version=version,
            target=target(url),
            headers=headers,
            named=named,
            length=None if length is None else int(length),
            expects_100=named.get(b"expect", b"").lower() == b"100-continue",
            keep_alive=version != "1.0" and parser.should_keep_alive(),
        )

    def scope(self) -> dict[str, Any]:
        """Give the request's part of an ASGI scope."""
        return {
            "http_version": self.version,
            "method": self.method,
            "path": self.target.path,
            "raw_path": self.target.raw_path,
            "query_string": self.target.query,
            "headers": self.headers,
        }
