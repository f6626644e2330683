"""TLS handshakes with a server, as the API server performs them."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from cryptography import x509

from arkrun_certs.errors import EndpointError
from arkrun_certs.pki.x509 import Certificate

__all__ = ["Endpoint", "Handshake", "connect_tls", "parse_endpoint"]

_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Host and port of a TLS server."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Handshake:
    """The result of a handshake."""

    endpoint: Endpoint
    leaf: Certificate
    protocol: str
    cipher: str


def parse_endpoint(text: str) -> Endpoint:
    """Parse "host:port" or "[ipv6]:port", optionally with https://. Raises EndpointError."""
    host, _, port = text.removeprefix("https://").partition("/")[0].rpartition(":")
    if not host or not port.isdecimal():
        raise EndpointError(f'"{text}" is not an endpoint: write host:port, such as 127.0.0.1:9443')
    return Endpoint(host.strip("[]"), int(port))


async def connect_tls(endpoint: Endpoint, bundle: bytes, server_name: str = "") -> Handshake:
    """Connect and verify the server: only `bundle` is trusted, and the certificate must name `server_name`.

    Without `server_name` it must name the host. Raises EndpointError with the reason of OpenSSL.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not bundle.strip():
        raise EndpointError(f"{endpoint}: there is no CA to trust")
    try:
        context.load_verify_locations(cadata=bundle.decode("ascii"))
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            _, writer = await asyncio.open_connection(
                endpoint.host, endpoint.port, ssl=context, server_hostname=server_name or endpoint.host
            )
    except (OSError, ValueError, TimeoutError) as error:
        raise EndpointError(f"{endpoint}: {_reason(error)}") from None
    try:
        return _read_handshake(endpoint, writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


def _read_handshake(endpoint: Endpoint, connection: ssl.SSLObject) -> Handshake:
    leaf = connection.getpeercert(binary_form=True)
    cipher = connection.cipher()
    if leaf is None or cipher is None:
        raise EndpointError(f"{endpoint}: no certificate was presented")
    return Handshake(endpoint, x509.load_der_x509_certificate(leaf), cipher[1], cipher[0])


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed: {error.reason}"
    if isinstance(error, TimeoutError):
        return f"no answer within {_TIMEOUT_SECONDS:g} s"
    return str(error) or "the server closed the connection during the TLS handshake"
