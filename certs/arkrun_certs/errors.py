"""What can go wrong with certificates, and whose fault it is.

    CertificateError
    ├── SettingsError          a setting, or two that do not go together
    ├── MaterialError          bytes that are no usable certificate, key, pair or state
    ├── SecretError            the Secret cannot be read or written
    │   └── SecretConflictError        somebody else wrote it first: read it again (HTTP 409)
    ├── ConfigurationError     a webhook configuration cannot be read or applied
    │   └── ConfigurationConflictError it changed between reading and applying: read it again (HTTP 409)
    └── EndpointError          a TLS handshake with a server did not give what was expected

No message carries key material.
"""

from __future__ import annotations

__all__ = [
    "CertificateError",
    "ConfigurationConflictError",
    "ConfigurationError",
    "EndpointError",
    "MaterialError",
    "SecretConflictError",
    "SecretError",
    "SettingsError",
]


class CertificateError(Exception):
    """Base of everything that this package raises on purpose."""


class SettingsError(CertificateError, ValueError):
    """A setting, or a pair of settings, that cannot work; a ValueError so that pydantic reports it."""


class MaterialError(CertificateError):
    """Bytes that are not the certificate, key, pair or state that they should be."""


class SecretError(CertificateError):
    """The Secret cannot be read or written; the message says what the API server answered."""


class SecretConflictError(SecretError):
    """Another replica wrote the Secret since it was read."""


class ConfigurationError(CertificateError):
    """A webhook configuration cannot be read or applied; the message says what the API server answered."""


class ConfigurationConflictError(ConfigurationError):
    """The configuration was written, deleted or made anew since it was read."""


class EndpointError(CertificateError):
    """A server could not be reached over TLS, or its chain or names do not hold."""
