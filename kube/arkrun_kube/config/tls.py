"""TLS settings: trusted CAs and client certificates."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from arkrun_kube.config.credentials import Pair, data_or_file
from arkrun_kube.config.entries import Cluster
from arkrun_kube.config.files import read_file
from arkrun_kube.errors import ConfigError

__all__ = ["Trust", "trust_of"]


@dataclass(frozen=True, slots=True)
class Trust:
    """Verification of the server's certificate, by the system's CAs if `authorities` is None."""

    title: str
    authorities: bytes | None = None
    verify: bool = True
    server_name: str = ""

    def context(self, pair: Pair | None = None) -> ssl.SSLContext:
        """Build a TLS context with the client certificate `pair`; raises ConfigError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # As in Go: an intermediate CA may be trusted by itself, and old CAs lack what RFC 5280 requires.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.set_alpn_protocols(["http/1.1"])
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.authorities is None:
            context.load_default_certs()
        else:
            self._load_authorities(context, self.authorities)
        if pair is not None:
            self._load_pair(context, pair)
        return context

    def _load_authorities(self, context: ssl.SSLContext, authorities: bytes) -> None:
        try:
            context.load_verify_locations(cadata=authorities.decode("ascii", errors="replace"))
        except (ssl.SSLError, ValueError) as error:
            raise ConfigError(
                f"certificate-authority of {self.title} holds no certificate: expected PEM ({_reason(error)})"
            ) from None

    def _load_pair(self, context: ssl.SSLContext, pair: Pair) -> None:
        """Load a pair from a private temporary file, since `load_cert_chain` reads only files."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(pair.key + b"\n" + pair.certificate)
            file.flush()
            try:
                # Without a password, OpenSSL would prompt for that of an encrypted key.
                context.load_cert_chain(file.name, password=b"")
            except (ssl.SSLError, ValueError) as error:
                raise ConfigError(
                    f"the client certificate and key for {self.title} do not load: expected a PEM pair that "
                    f"belongs together, without a password ({_reason(error)})"
                ) from None


def trust_of(cluster: Cluster, title: str) -> Trust:
    """Return the TLS settings of a cluster entry; raises ConfigError."""
    source = data_or_file(
        cluster.certificate_authority_data, cluster.certificate_authority, "certificate-authority", title
    )
    insecure = bool(cluster.insecure_skip_tls_verify)
    if insecure and source is not None:
        raise ConfigError(
            f"{title} has insecure-skip-tls-verify and a certificate-authority: keep one of them"
        )
    what = f"certificate-authority of {title}"
    authorities = read_file(source, what) if isinstance(source, Path) else source
    return Trust(title, authorities, verify=not insecure, server_name=cluster.tls_server_name or "")


def _reason(error: Exception) -> str:
    return (isinstance(error, ssl.SSLError) and error.reason) or str(error)
