"""The serving process without its sockets: bytes into the protocol, bytes out, in this process.

What a network, TLS and a second process blur can be profiled and counted here to the instruction.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TextIO

import uvicorn
import uvloop
from uvicorn.server import ServerState

from arkrun_webhook.observability import logs
from arkrun_webhook.server import compose
from arkrun_webhook.settings import Settings
from bench.agree import problem
from bench.errors import DisagreeError
from bench.payloads import Payload, write_teams
from bench.serve import FixedCertificate, FixedTeams, null_server

PART = 64 * 1024
"""Bytes that the parser is given at once, as from a socket."""


class Wire(asyncio.Transport):
    """Takes what is written and tells when an answer has come."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.answered = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        """Keep it."""
        self.written.append(bytes(data))
        self.answered.set()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002
        """Know nothing."""
        return default

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def close(self) -> None:
        """Stay open."""

    def pause_reading(self) -> None:
        """Go on."""

    def resume_reading(self) -> None:
        """Go on."""


class Inside:
    """`ours` or `null`, one connection of it; needs a running event loop."""

    def __init__(self, server: str, folder: Path) -> None:
        write_teams(folder / "teams")
        config = _config(server, folder)
        config.load()
        factory: Any = config.http_protocol_class
        made = factory(config=config, server_state=ServerState(), app_state={})
        self._wire = Wire()
        made.connection_made(self._wire)
        self._protocol = getattr(made, "protocol", made)  # ours stands behind a Reader, once it is connected
        self._state = self._protocol.server_state

    async def send(self, request: list[bytes]) -> bytes:
        """Feed one request; gives its answer once the connection is ready for the next."""
        self._wire.written.clear()
        self._wire.answered.clear()
        before = self._state.total_requests
        for part in request:
            self._protocol.data_received(part)
        while self._state.total_requests == before or not self._wire.written:
            self._wire.answered.clear()
            await self._wire.answered.wait()
        return b"".join(self._wire.written)


def request(payload: Payload) -> list[bytes]:
    """Write the HTTP request of a review, in the parts in which it would arrive."""
    head = (
        f"POST {payload.path}?timeout=10s HTTP/1.1\r\nHost: arkrun.arkrun-system.svc:443\r\n"
        "User-Agent: kube-apiserver-admission\r\nAccept: application/json, */*\r\n"
        f"Content-Length: {len(payload.body)}\r\nContent-Type: application/json\r\n"
        "Accept-Encoding: gzip\r\n\r\n"
    )
    text = head.encode() + payload.body
    return [text[start : start + PART] for start in range(0, len(text), PART)]


def run(server: str, payload: Payload, count: int, around: Callable[[], Any] | None = None) -> Any:
    """Send a review `count` times after a warm-up; gives what `around`, a context manager, was entered as.

    Raises DisagreeError where the answer is not what the rules say.
    """

    async def send_all() -> Any:
        with tempfile.TemporaryDirectory() as name:
            inside, parts = Inside(server, Path(name)), request(payload)
            _check(server, payload, await inside.send(parts))
            for _ in range(19):
                await inside.send(parts)
            if around is None:
                return None
            with around() as value:
                for _ in range(count):
                    await inside.send(parts)
            return value

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(send_all())


def _check(server: str, payload: Payload, answer: bytes) -> None:
    review = json.loads(answer.partition(b"\r\n\r\n")[2])
    if server != "null" and (found := problem(payload, review)):
        raise DisagreeError(f"{server} on {payload.name}: {found}")


def _config(server: str, folder: Path) -> uvicorn.Config:
    certificate = _NoCertificate(folder)
    if server == "null":
        return null_server(0, certificate).config
    with contextlib.redirect_stderr(_nowhere()):
        logs.configure("info", "json")
    return compose(Settings(host="127.0.0.1", port=0), FixedTeams(folder / "teams"), certificate).config


@cache
def _nowhere() -> TextIO:
    """Open where the log goes: it costs, but is not shown. Held open, for the logger has its buffer alone."""
    return Path(os.devnull).open("w")


class _NoCertificate(FixedCertificate):
    def __init__(self, folder: Path) -> None:  # noqa: ARG002
        self.ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
