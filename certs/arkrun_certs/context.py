"""The live TLS context: new handshakes get the newest pair that loads, open connections live on."""

from __future__ import annotations

import os
import ssl
from datetime import datetime, timedelta

from arkrun_certs import x509
from arkrun_certs.errors import MaterialError
from arkrun_certs.x509 import Pair

__all__ = ["LiveContext", "scratch_context"]

_STAND_IN = timedelta(days=365)
# TLS 1.2 suites with forward secrecy and authenticated encryption; those of TLS 1.3 all are.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class LiveContext:
    """Hands every new handshake the context of the pair loaded last.

    The pair in an `SSLContext` is never overwritten: OpenSSL keeps one per key type, so an RSA
    pair loaded after an ECDSA one would leave the old one in service, and a pair that fails halfway
    leaves a context that can serve nothing.
    """

    def __init__(self) -> None:
        self._current: ssl.SSLContext | None = None
        self._shown: Pair | None = None
        self._client_ca = ""
        self.pair: Pair | None = None
        self.context = _bare_context()
        self.context.sni_callback = self._forward

    def load(self, pair: Pair) -> None:
        """Serve `pair` from the next handshake on; on a MaterialError the last good one is served on."""
        self._show(pair)
        self.pair = pair

    def stand_in(self, now: datetime) -> None:
        """Make handshakes possible before there is a pair, with a leaf that nobody trusts.

        Probes do not verify: they and a scrape learn why there is no pair yet.
        """
        authority = x509.make_authority("stand-in", _STAND_IN, now)
        self._show(x509.issue_pair(authority, ("stand-in.invalid",), (), _STAND_IN, now))

    def verify_clients(self, pem: bytes) -> None:
        """Ask for a client certificate of these CAs from the next handshake on; a client may show none.

        Raises MaterialError and leaves everything as it is when they cannot be loaded.
        """
        authorities = x509.to_pem(x509.load_certificates(pem)).decode()
        if not authorities:
            raise MaterialError("the file of the client CA holds no certificate")
        self._client_ca = authorities
        # OpenSSL takes the mode from the context that a handshake begins with, the CAs from the next.
        self.context.verify_mode = ssl.CERT_OPTIONAL
        if self._shown:
            self._show(self._shown)

    def _show(self, pair: Pair) -> None:
        context = scratch_context(pair)
        if self._client_ca:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=self._client_ca)
        self._current, self._shown = context, pair

    def alive(self, now: datetime) -> bool:
        """Whether a pair is loaded whose leaf is valid `now`."""
        return self.pair is not None and x509.alive(self.pair.leaf, now)

    def _forward(self, handshake: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> int | None:
        if self._current is None:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        handshake.context = self._current
        return None


def scratch_context(pair: Pair) -> ssl.SSLContext:
    """Load `pair` into a context of its own; MaterialError when OpenSSL refuses it.

    `load_cert_chain` wants a file: this one lives in memory, has no name and dies here, so that a key
    never touches a disk and a read-only root filesystem is enough.
    """
    context = _bare_context()
    descriptor = os.memfd_create("pair")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(pair.key + b"\n" + pair.pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    except ssl.SSLError as error:
        raise MaterialError(f"OpenSSL refuses the serving pair: {error.reason or error}") from None
    finally:
        os.close(descriptor)
    return context


def _bare_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    # A resumed session shows no certificate: clients would go on trusting a leaf that is no more.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    return context
