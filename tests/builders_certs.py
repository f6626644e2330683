"""States, settings and clocks of certificate tests; a test says only what differs."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from arkrun_certs import CertificateSettings, roll
from arkrun_certs.decision import Served
from arkrun_certs.state import State

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "127.0.0.1"


class Clock:
    """A wall clock that a test can set; `offset` is added to the true time, or to `at` when given."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at
        self.offset = timedelta()

    def __call__(self) -> datetime:
        """Tell the time."""
        return (self._at or datetime.now(UTC)) + self.offset


def settings(**changes: Any) -> CertificateSettings:
    """Make settings of a webhook on loopback, with a settle time that tests can wait for."""
    given = {
        "namespace": "default",
        "secret": "certs",
        "dns_names": ("webhook.default.svc",),
        "ip_addresses": (HOST,),
        "settle": timedelta(seconds=1),
        **changes,
    }
    return CertificateSettings.model_validate(given)


@cache
def fresh() -> State:
    """Make a state as created NOW, trusted by everybody since then."""
    return replace(roll.create(settings(), NOW), published=NOW)


@cache
def rolling() -> State:
    """Give `fresh` a CA to come that is not published yet."""
    return roll.begin(fresh(), settings(), NOW)


@cache
def other() -> State:
    """Make a state of which nobody here has heard before."""
    return replace(roll.create(settings(), NOW), published=NOW)


def served(state: State) -> Served:
    """Tell what a process serves that has loaded `state`."""
    return Served(state.pair.leaf, state.authority.certificate)


def openssl_verify(bundle: bytes, leaf: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Let the openssl program judge a chain."""
    with tempfile.TemporaryDirectory() as directory:
        trusted, presented = Path(directory, "ca.pem"), Path(directory, "leaf.pem")
        trusted.write_bytes(bundle)
        presented.write_bytes(leaf)
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *arguments]
        return subprocess.run(
            [*command, "-CAfile", str(trusted), str(presented)], capture_output=True, text=True, check=False
        )
