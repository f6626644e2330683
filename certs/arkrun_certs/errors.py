"""Exceptions of this package.

    CertificateError
    ├── SettingsError           invalid setting, or settings that contradict each other
    ├── MaterialError           invalid certificate, key, pair or stored state
    └── EndpointError           unreachable TLS server, or one that cannot be verified

Failed calls to the API server raise arkrun_kube.KubeError. No message contains key material.
"""

from __future__ import annotations

__all__ = [
    "CertificateError",
    "EndpointError",
    "MaterialError",
    "SettingsError",
]


class CertificateError(Exception):
    """Base class of this package's exceptions."""


class SettingsError(CertificateError, ValueError):
    """Invalid setting or combination of settings; a ValueError so that pydantic reports it."""


class MaterialError(CertificateError):
    """Invalid or mismatched certificate, key, pair or stored state."""


class EndpointError(CertificateError):
    """Unreachable TLS server, or one whose certificate chain or name cannot be verified."""
