"""The server's TLS context, whose certificate can be replaced while it serves."""

from __future__ import annotations

import os
import ssl
from datetime import datetime, timedelta

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki import x509
from arkrun_certs.pki.x509 import Pair

__all__ = ["ReloadableContext", "build_context"]

_PLACEHOLDER_VALIDITY = timedelta(days=365)
# TLS 1.2 suites with forward secrecy and authenticated encryption; all suites of TLS 1.3 have both.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class ReloadableContext:
    """Serve new handshakes with the pair loaded last; open connections are unaffected.

    Each pair gets its own `SSLContext`, selected in the SNI callback. Loading a second pair into the same
    context is not enough: OpenSSL keeps one pair per key type, so an ECDSA pair would remain in use
    after an RSA pair was loaded, and a pair that fails halfway would leave the context unusable.
    """

    def __init__(self) -> None:
        self._selected: ssl.SSLContext | None = None
        self._selected_pair: Pair | None = None
        self._client_ca = ""
        self.pair: Pair | None = None
        self.context = _empty_context()
        self.context.sni_callback = self._select

    def load(self, pair: Pair) -> None:
        """Serve `pair` from the next handshake on. Raises MaterialError and continues with the last pair."""
        self._use(pair)
        self.pair = pair

    def load_placeholder(self, now: datetime) -> None:
        """Serve an untrusted certificate until there is a real one.

        Probes and scrapers that do not verify certificates can then read why the server is not ready.
        """
        authority = x509.make_authority("placeholder", _PLACEHOLDER_VALIDITY, now)
        self._use(x509.issue_pair(authority, ("placeholder.invalid",), (), _PLACEHOLDER_VALIDITY, now))

    def verify_clients(self, pem: bytes) -> None:
        """Request, but do not require, client certificates signed by these CAs from the next handshake on.

        Raises MaterialError and keeps the previous CAs if they cannot be loaded.
        """
        authorities = x509.to_pem(x509.load_certificates(pem)).decode()
        if not authorities:
            raise MaterialError("the file of the client CA holds no certificate")
        self._client_ca = authorities
        # OpenSSL reads the mode from the context that a handshake starts with, the CAs from the selected one.
        self.context.verify_mode = ssl.CERT_OPTIONAL
        if self._selected_pair:
            self._use(self._selected_pair)

    def is_valid(self, now: datetime) -> bool:
        """Return True if a pair is loaded and its leaf is valid at `now`."""
        return self.pair is not None and x509.is_valid(self.pair.leaf, now)

    def _use(self, pair: Pair) -> None:
        context = build_context(pair)
        if self._client_ca:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=self._client_ca)
        self._selected, self._selected_pair = context, pair

    def _select(self, handshake: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> int | None:
        if self._selected is None:
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        handshake.context = self._selected
        return None


def build_context(pair: Pair) -> ssl.SSLContext:
    """Build a context that serves `pair`. Raises MaterialError if OpenSSL refuses it.

    `load_cert_chain` accepts only files. An anonymous file in memory keeps the key off every disk and
    works with a read-only root filesystem.
    """
    context = _empty_context()
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


def _empty_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    # A resumed session skips the certificate, so clients could go on trusting a replaced leaf.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    return context
