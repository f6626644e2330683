"""What can go wrong with certificates, and whose fault it is.

    CertificateError
    ├── SettingsError           a setting, or two that do not go together
    ├── MaterialError           bytes that are no usable certificate, key, pair or state
    ├── ApiError                the API server did not answer, or refused
    │   ├── ApiNotFoundError    no such object (404)
    │   └── ApiConflictError    somebody wrote it first, or manages the field (409)
    └── EndpointError           a TLS handshake with a server did not give what was expected

No message carries key material.
"""

from __future__ import annotations

__all__ = [
    "ApiConflictError",
    "ApiError",
    "ApiNotFoundError",
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


class ApiError(CertificateError):
    """A call to the API server that failed; `status` is the HTTP status, 0 when there was no answer.

    `managers` are the field managers that server-side apply found in the way.
    """

    def __init__(self, message: str, *, status: int = 0, managers: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.managers = managers

    @property
    def kind(self) -> str:
        """A short constant for metrics."""
        return {0: "unreachable", 401: "unauthorized", 403: "forbidden", 409: "conflict"}.get(
            self.status, "refused"
        )


class ApiNotFoundError(ApiError):
    """There is no such object."""


class ApiConflictError(ApiError):
    """The object changed since it was read, exists already, or another manager owns the field."""


class EndpointError(CertificateError):
    """A server could not be reached over TLS, or its chain or names do not hold."""
