"""The webhook processes: command line, port and readiness."""

import os
import socket
import ssl
import sys
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import trustme

from bench.variants.usage import Usage, usage_of
from controlplane import Process
from support.cluster.installation import HOST, PROGRAM, Installation
from support.repository import TESTS

READY_SECONDS = 60.0


class Program(Protocol):
    """The command line and environment of a kind of webhook."""

    def command(self, port: int) -> list[str]:
        """Return a command line that listens on this port."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the process."""


@dataclass(frozen=True)
class Null:
    """Stock uvicorn with an application that allows everything, in a single process like the others."""

    certificates: Path

    def command(self, port: int) -> list[str]:
        """Return uvicorn's command line, with our keep-alive timeout."""
        where = ["--host", HOST, "--port", str(port)]
        pair = [
            "--ssl-certfile",
            f"{self.certificates}/tls.crt",
            "--ssl-keyfile",
            f"{self.certificates}/tls.key",
        ]
        how = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--timeout-keep-alive", "120"]
        return [sys.executable, "-m", "uvicorn", "bench.variants.null:app", *where, *pair, *how]

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment in which the application can be imported."""
        return {**os.environ, "PYTHONPATH": str(TESTS)}


@dataclass(frozen=True)
class Peer:
    """The controller-runtime webhook, with the permissions of our ServiceAccount."""

    program: Path
    certificates: Path
    kubeconfig: str

    def command(self, port: int) -> list[str]:
        return [str(self.program), f"--port={port}", f"--certificates={self.certificates}"]

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment with the peer's kubeconfig."""
        return {**os.environ, "KUBECONFIG": self.kubeconfig}


@dataclass(frozen=True)
class Ours:
    """`arkrun-webhook serve` as in the chart's Deployment: another replica of an installation."""

    installed: Installation

    def command(self, port: int) -> list[str]:
        """Return the arguments of the rendered container, on another port."""
        return [str(PROGRAM), *self.installed.arguments, f"--port={port}"]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the rendered container."""
        return {"PATH": os.environ.get("PATH", os.defpath), **self.installed.environment}


class Webhook:
    """A process of a program on a free loopback port."""

    def __init__(self, name: str, program: Program, folder: Path) -> None:
        self.port = _free_port()
        self._process = Process(
            name, program.command(self.port), log=folder / f"{name}.log", environment=program.environment
        )

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"https://{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid

    def start(self) -> None:
        """Start the process; raises controlplane.StartError unless /readyz soon answers 200."""
        self._process.start()
        self._process.wait_until(self.is_ready, seconds=READY_SECONDS)

    def launch(self) -> None:
        """Start the process without waiting."""
        self._process.start()

    def stop(self) -> None:
        """End it."""
        self._process.stop()

    def usage(self) -> Usage:
        """Return the process's usage so far."""
        return usage_of(self.pid)

    def is_ready(self) -> bool:
        """Return True if /readyz answers 200; the certificate is not verified."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", context=_TRUSTING, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def issue_certificate(folder: Path) -> str:
    """Write tls.crt and tls.key (ECDSA P-256, like ours); return the CA as a caBundle."""
    authority = trustme.CA()
    pair = authority.issue_cert(HOST)
    pair.private_key_pem.write_to_path(folder / "tls.key")
    for blob in pair.cert_chain_pems:
        blob.write_to_path(folder / "tls.crt", append=True)
    return b64encode(authority.cert_pem.bytes()).decode()


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_TRUSTING = _trusting()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
