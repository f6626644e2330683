"""Settings of the certificate manager; reading the environment is left to the caller."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from arkrun_certs.errors import SettingsError

__all__ = ["CertificateMode", "CertificateSettings", "Duration", "parse_duration"]

_UNGUESSABLE = r"[A-Za-z0-9_-]{22,}"  # 128 bits in base64url
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: object) -> object:
    """Parse "30d", "12h", "5m" or "2.5s" into a timedelta; return a value that is not a string unchanged.

    Raises SettingsError for any other string.
    """
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", value.strip())
    if match is None:
        raise SettingsError(f'"{value}" is not a duration: write a number and s, m, h or d, such as "30d"')
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def write_duration(value: timedelta) -> str:
    """Format a timedelta so that `parse_duration` can read it."""
    return f"{value.total_seconds():f}s"


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration, when_used="json")
]


class CertificateMode(StrEnum):
    """Source of the serving certificate."""

    SELF_SIGNED = "self-signed"
    FILES = "files"


class CertificateSettings(BaseModel):
    """Settings of a CertificateManager.

    In self-signed mode `namespace` and `secret` name the Secret that stores the certificates. In files mode
    `directory` contains tls.crt, tls.key and, if it is to be injected, ca.crt. Nothing is injected unless
    configurations are named; set `inject_ca` to False if another tool writes caBundle. A certificate is
    renewed after the fraction `renew_at` of its lifetime. `labels` and `annotations` are set on Secrets
    that have to be created.

    `paths` maps the name of each webhook to the path that follows the token. The tokens are either stored
    in the Secret `path_secret` and written into the configurations, or fixed in `path_tokens`. Client
    certificates are verified against the CAs in `client_ca_file`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: CertificateMode = CertificateMode.SELF_SIGNED
    namespace: str = ""
    secret: str = ""
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    directory: Path | None = None
    mutating_configurations: tuple[str, ...] = ()
    validating_configurations: tuple[str, ...] = ()
    ca_validity: Duration = timedelta(days=365)
    leaf_validity: Duration = timedelta(days=30)
    renew_at: Annotated[float, Field(gt=0, lt=1)] = 0.667
    # API servers watch the configurations, and nothing reports when all of them have seen a change.
    settle: Duration = timedelta(seconds=30)
    # Timers stop while a machine is suspended, so the wall clock is checked this often.
    tick: Duration = timedelta(seconds=30)
    file_poll: Duration = timedelta(seconds=5)
    inject_ca: bool = True
    field_manager: str = "arkrun-certs"
    paths: dict[str, str] = {}
    path_secret: str = ""
    path_tokens: tuple[str, ...] = ()
    path_rotation: Duration = timedelta(days=30)
    path_manager: str = "arkrun-path"
    client_ca_file: Path | None = None
    # Installers such as Helm recognize their own objects by these.
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}

    @model_validator(mode="after")
    def _check_mode(self) -> Self:
        if self.mode is CertificateMode.FILES:
            self._require("files", directory=self.directory)
            return self
        self._require("self-signed", namespace=self.namespace, secret=self.secret)
        if not self.dns_names and not self.ip_addresses:
            raise SettingsError(
                "certificate mode self-signed needs dns_names or ip_addresses: "
                "no client can verify a certificate without a name"
            )
        # The CA is rotated when this much of its lifetime remains.
        remaining = self.ca_validity * (1 - self.renew_at)
        if self.leaf_validity + self.settle > remaining:
            raise SettingsError(
                f"leaf_validity {self.leaf_validity} and settle {self.settle} do not fit into the "
                f"{remaining} that a CA has left when it is rotated: "
                f"lower leaf_validity, or raise ca_validity ({self.ca_validity})"
            )
        return self

    @model_validator(mode="after")
    def _check_paths(self) -> Self:
        if self.path_secret and not self.namespace:
            raise SettingsError("path_secret needs namespace")
        if self.paths and bool(self.path_secret) == bool(self.path_tokens):
            raise SettingsError(
                "the admission paths need path_secret, the Secret that holds their token, "
                "or path_tokens for a webhook outside the cluster, and not both"
            )
        if any(not re.fullmatch(_UNGUESSABLE, each) for each in self.path_tokens):
            raise SettingsError(
                "path_tokens contains a token that can be guessed: use 22 or more of A-Z a-z 0-9 - _, "
                "such as the output of `openssl rand -hex 16`"
            )
        return self

    @staticmethod
    def _require(mode: str, **values: object) -> None:
        missing = ", ".join(name for name, value in values.items() if not value)
        if missing:
            raise SettingsError(f"certificate mode {mode} needs {missing}")
