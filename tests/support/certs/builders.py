"""States, settings and clocks of certificate tests; a test says only what differs."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from arkrun_certs import CertificateSettings
from arkrun_certs.pki.x509 import Pair, load_key
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.policy import Served
from arkrun_certs.rotation.state import State

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "127.0.0.1"


class Clock:
    """A wall clock that a test can set; `offset` is added to the true time, or to `at` when given."""

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at
        self.offset = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return (self._at or datetime.now(UTC)) + self.offset


def settings(**changes: Any) -> CertificateSettings:
    """Build settings of a webhook on loopback with a short settle time."""
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
    """Return a state that was created and published NOW."""
    return replace(transitions.create(settings(), NOW), published=NOW)


@cache
def rotating() -> State:
    """Return `fresh` with an upcoming CA that is not published yet."""
    return transitions.begin(fresh(), settings(), NOW)


@cache
def other() -> State:
    """Return a valid state with another CA."""
    return replace(transitions.create(settings(), NOW), published=NOW)


def served(state: State) -> Served:
    """Return what a process serves after loading `state`."""
    return Served(state.pair.leaf, state.authority.certificate)


def openssl_verify(bundle: bytes, leaf: bytes, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Verify a chain with the openssl program."""
    with tempfile.TemporaryDirectory() as directory:
        trusted, presented = Path(directory, "ca.pem"), Path(directory, "leaf.pem")
        trusted.write_bytes(bundle)
        presented.write_bytes(leaf)
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *arguments]
        return subprocess.run(
            [*command, "-CAfile", str(trusted), str(presented)], capture_output=True, text=True, check=False
        )


def rsa_pair(bits: int) -> Pair:
    """Build a self-signed RSA pair."""
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "theirs")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair((certificate,), pem)


def without_names(state: State) -> State:
    """Replace the leaf by one without subject alternative names, for the same key."""
    leaf, authority = state.pair.leaf, state.authority
    key = load_key(authority.key)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    nameless = (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(leaf.issuer)
        .public_key(leaf.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    return replace(state, pair=Pair((nameless,), state.pair.key))
