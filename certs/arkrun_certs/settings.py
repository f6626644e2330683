"""What the keeper must know; no environment is read here, that is the caller's."""

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
    """Turn "30d", "12h", "5m" or "2.5s" into a timedelta; leave anything that is no text alone.

    Raises SettingsError for other text.
    """
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", value.strip())
    if found is None:
        raise SettingsError(f'"{value}" is not a duration: write a number and s, m, h or d, such as "30d"')
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


def write_duration(value: timedelta) -> str:
    """Write a timedelta as `parse_duration` reads it."""
    return f"{value.total_seconds():f}s"


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration, when_used="json")
]


class CertificateMode(StrEnum):
    """Where the serving pair comes from."""

    SELF_SIGNED = "self-signed"
    FILES = "files"


class CertificateSettings(BaseModel):
    """Settings of a CertificateKeeper.

    `namespace` and `secret` name the one Secret of the self-signed mode; `directory` holds tls.crt,
    tls.key and, when it shall be injected, ca.crt in the files mode. Without configuration names
    nothing is injected. A pair is renewed once `renew_at` of its life is over. `labels` and `annotations`
    are put on a Secret when it has to be created. `inject_ca` is off where somebody else writes caBundle.

    `paths` has, for each webhook of the configurations by name, the path behind the token. Tokens are those
    of the Secret `path_secret`, which are written into the configurations, or the given `path_tokens`,
    which are not. Clients may show certificates of the CAs in `client_ca_file`.
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
    # API servers learn of a new caBundle from a watch of their own; nothing tells us when all have.
    settle: Duration = timedelta(seconds=30)
    # Timers stand still while a machine is suspended: the wall clock is looked at this often.
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
    # Of a Secret that is created: an installer such as Helm knows its own objects by them.
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.mode is CertificateMode.FILES:
            self._needs("files", directory=self.directory)
            return self
        self._needs("self-signed", namespace=self.namespace, secret=self.secret)
        if not self.dns_names and not self.ip_addresses:
            raise SettingsError(
                "certificate mode self-signed needs dns_names or ip_addresses: "
                "no client can verify a certificate without a name"
            )
        room = self.ca_validity * (1 - self.renew_at)
        if self.leaf_validity + self.settle > room:
            raise SettingsError(
                f"leaf_validity {self.leaf_validity} and settle {self.settle} do not fit into the {room} "
                f"that a CA has left when it is rolled: lower leaf_validity, or raise ca_validity "
                f"({self.ca_validity})"
            )
        return self

    @model_validator(mode="after")
    def _paths_have_tokens(self) -> Self:
        if self.path_secret and not self.namespace:
            raise SettingsError("path_secret needs namespace")
        if self.paths and bool(self.path_secret) == bool(self.path_tokens):
            raise SettingsError(
                "the admission paths need path_secret, the Secret that holds their token, "
                "or path_tokens for a webhook outside the cluster, and not both"
            )
        if any(not re.fullmatch(_UNGUESSABLE, each) for each in self.path_tokens):
            raise SettingsError(
                "path_tokens holds one that can be guessed: a token has 22 or more of A-Z a-z 0-9 - _, "
                "such as `openssl rand -hex 16` prints"
            )
        return self

    @staticmethod
    def _needs(mode: str, **given: object) -> None:
        missing = ", ".join(name for name, value in given.items() if not value)
        if missing:
            raise SettingsError(f"certificate mode {mode} needs {missing}")
