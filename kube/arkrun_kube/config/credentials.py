"""Tokens, passwords and client certificates, read for each request."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from arkrun_kube.config.entries import User
from arkrun_kube.config.files import CredentialFile
from arkrun_kube.config.headers import basic, bearer
from arkrun_kube.errors import ConfigError

__all__ = [
    "ANONYMOUS",
    "Credential",
    "Credentials",
    "Pair",
    "StoredCredentials",
    "data_or_file",
    "stored_credentials",
]


@dataclass(frozen=True, slots=True)
class Pair:
    """A client certificate with its key, as PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """The credential of a request; `authorization` is the value of the header."""

    authorization: str = field(default="", repr=False)
    pair: Pair | None = None


class Credentials(Protocol):
    """A source of credentials."""

    async def current(self) -> Credential:
        """Return the current credential; raises ConfigError."""

    async def renewed(self, rejected: Credential) -> Credential:
        """Return the credential to send after a 401 response; raises ConfigError."""


@dataclass(frozen=True, slots=True)
class StoredCredentials:
    """Credentials of a kubeconfig or a pod; files are checked before each request: others renew them."""

    title: str
    authorization: str = field(default="", repr=False)
    token_file: CredentialFile | None = None
    certificate: bytes | CredentialFile | None = field(default=None, repr=False)
    key: bytes | CredentialFile | None = field(default=None, repr=False)

    async def current(self) -> Credential:
        """Read the files."""
        return self.read()

    async def renewed(self, rejected: Credential) -> Credential:  # noqa: ARG002 - the files decide
        """Read the files again."""
        for source in (self.token_file, self.certificate, self.key):
            if isinstance(source, CredentialFile):
                source.forget()
        return self.read()

    def read(self) -> Credential:
        """Return the current credential; raises ConfigError."""
        authorization = self.authorization
        if self.token_file is not None:
            authorization = bearer(self._token(self.token_file), self.title)
        if self.certificate is None or self.key is None:
            return Credential(authorization)
        return Credential(authorization, Pair(_content(self.certificate), _content(self.key)))

    def _token(self, file: CredentialFile) -> str:
        token = file.read().decode(errors="replace").strip()
        if not token:
            raise ConfigError(f'the token of {self.title} is missing: "{file.path}" is empty')
        return token


ANONYMOUS = StoredCredentials("nobody")
"""For servers without TLS: like kubectl, send no credential that others could read."""


def stored_credentials(user: User, title: str) -> StoredCredentials | None:
    """Return the credentials in a user entry, or None without any. Raises ConfigError."""
    methods = {
        "token": bool(user.token or user.token_file),
        "username and password": bool(user.username or user.password),
    }
    if all(methods.values()):
        raise ConfigError(f"{title} has both {' and '.join(methods)}: keep one of them")
    certificate = data_or_file(
        user.client_certificate_data, user.client_certificate, "client-certificate", title
    )
    key = data_or_file(user.client_key_data, user.client_key, "client-key", title)
    if (certificate is None) != (key is None):
        present, missing = ("client-certificate", "client-key")[:: 1 if key is None else -1]
        raise ConfigError(f"{title} has a {present} without a {missing}: add {missing} or {missing}-data")
    if certificate is None and not any(methods.values()):
        return None
    token = CredentialFile(Path(user.token_file), f"the token of {title}") if user.token_file else None
    return StoredCredentials(
        title,
        _authorization(user, title),
        token,
        _source(certificate, f"the client certificate of {title}"),
        _source(key, f"the client key of {title}"),
    )


def _source(source: bytes | Path | None, what: str) -> bytes | CredentialFile | None:
    return CredentialFile(source, what) if isinstance(source, Path) else source


def _content(source: bytes | CredentialFile) -> bytes:
    return source if isinstance(source, bytes) else source.read()


def _authorization(user: User, title: str) -> str:
    if user.token:
        return bearer(user.token, title)
    if user.username or user.password:
        return basic(user.username or "", user.password or "")
    return ""


def data_or_file(data: str | None, file: str | None, field_name: str, title: str) -> bytes | Path | None:
    """Return the decoded data, or the file to read; raises ConfigError if both are set."""
    if data and file:
        raise ConfigError(f"{title} has both {field_name} and {field_name}-data: keep one of them")
    if not data:
        return Path(file) if file else None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError(f"{field_name}-data of {title} is not base64") from None
