"""What can go wrong with certificates, and whose fault it is.

    CertificateError
    ├── SettingsError           a setting, or two that do not go together
    ├── MaterialError           bytes that are no usable certificate, key, pair or state
    └── EndpointError           a TLS handshake with a server did not give what was expected

What goes wrong with the API server is a KubeError of arkrun_kube. No message carries key material.
"""

from __future__ import annotations

__all__ = [
    "CertificateError",
    "EndpointError",
    "MaterialError",
    "SettingsError",
]


class CertificateError(Exception):
    """Base of everything that this package raises on purpose."""


class SettingsError(CertificateError, ValueError):
    """A setting, or a pair of settings, that cannot work; a ValueError so that pydantic reports it."""


class MaterialError(CertificateError):
    """Bytes that are not the certificate, key, pair or state that they should be."""


class EndpointError(CertificateError):
    """A server could not be reached over TLS, or its chain or names do not hold."""
