"""Settings: an environment variable ARKRUN_<NAME>, a flag --<name>, and its help."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from arkrun_certs import CertificateSettings, Duration
from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL
from arkrun_webhook.http.bodies import BODIES_LIMIT, BODY_LIMIT, READ_SECONDS

# The path after the token that each webhook of the chart's configurations calls, by webhook name.
PATHS = {
    f"mutate.{RUN_PLURAL}.{GROUP}": "/mutate/arkruns",
    f"validate.{RUN_PLURAL}.{GROUP}": "/validate/arkruns",
    f"restore.{RUN_PLURAL}.{GROUP}": "/validate/restored-arkruns",
    f"restore-denied.{RUN_PLURAL}.{GROUP}": "/validate/arkruns",
    f"validate.{TEAM_PLURAL}.{GROUP}": "/validate/arkteams",
}


def _comma_list(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _pairs(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in _comma_list(value)]
    if wrong := [name for name, equals, _ in pairs if not equals or not name]:
        raise ValueError(f"{wrong[0]!r} is not name=value: write name=value pairs, separated by commas")
    return {name: text for name, _, text in pairs}


Pairs = Annotated[dict[str, str], NoDecode, BeforeValidator(_pairs)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_comma_list)]


class Settings(BaseSettings):
    """Settings of `arkrun-webhook serve`; a flag overrides the environment."""

    model_config = SettingsConfigDict(env_prefix="ARKRUN_", cli_kebab_case=True, extra="forbid")

    host: str = Field("", description="address to listen on; empty means all, IPv4 and IPv6")
    port: int = Field(9443, ge=0, le=65535, description="port to listen on; 0 chooses a free one")
    port_file: Path | None = Field(None, description="file to write the bound port to")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="minimum level")
    log_format: Literal["json", "text"] = Field("json", description="json for machines, text for a terminal")
    drain_seconds: float = Field(
        15, ge=0, description="seconds to keep serving after SIGTERM, while readiness fails"
    )
    keep_alive_seconds: int = Field(
        120, gt=90, description="seconds to keep an idle connection; the API server closes its own after 90"
    )
    read_seconds: float = Field(READ_SECONDS, gt=0, description="seconds to receive a request")
    body_limit: int = Field(BODY_LIMIT, gt=0, description="maximum size of a request body in bytes")
    bodies_limit: int = Field(
        BODIES_LIMIT,
        gt=0,
        description="maximum size in bytes of all request bodies together; slow ones are dropped first",
    )

    controllers: Names = Field(
        (),
        description="user names of controllers that rewrite whole runs, separated by commas;"
        " the stored spec is restored in their updates",
    )

    trace_endpoint: str = Field(
        "", description="OTLP/HTTP URL for traces, empty for none; needs the extra arkrun[tracing]"
    )

    cert_mode: Literal["self-signed", "files"] = Field(
        "self-signed", description="self-signed stores a CA in a Secret, files reads --cert-dir"
    )
    cert_namespace: str = Field("", description="namespace of the certificate Secret")
    cert_secret: str = Field("arkrun-webhook-cert", description="name of the certificate Secret")
    cert_secret_labels: Pairs = Field(
        {}, description="labels of the certificate Secret if it has to be created, as name=value,…"
    )
    cert_secret_annotations: Pairs = Field(
        {}, description="annotations of the certificate Secret if it has to be created, as name=value,…"
    )
    cert_dns_names: Names = Field((), description="DNS names of the certificate, separated by commas")
    cert_ip_addresses: Names = Field((), description="IP addresses of the certificate, separated by commas")
    cert_dir: Path | None = Field(None, description="directory of tls.crt, tls.key and ca.crt (files)")
    cert_ca_validity: Duration = Field(timedelta(days=365), description="lifetime of the CA, such as 365d")
    cert_leaf_validity: Duration = Field(timedelta(days=30), description="lifetime of a leaf, such as 30d")
    cert_renew_at: float = Field(0.667, gt=0, lt=1, description="fraction of a lifetime after which to renew")
    cert_inject: bool = Field(True, description="inject the CA; false if cainjector injects it")
    mutating_configuration: str = Field(
        "", description="MutatingWebhookConfiguration whose caBundle and path to maintain; empty for none"
    )
    validating_configuration: str = Field(
        "", description="ValidatingWebhookConfiguration whose caBundle and path to maintain; empty for none"
    )

    path_secret: str = Field(
        "",
        description="name of the Secret, in --cert-namespace, that holds the token: the unguessable first"
        " part of the admission paths, which is also written into the configurations",
    )
    path_rotation: Duration = Field(timedelta(days=30), description="age at which the token is replaced")
    path_tokens: Names = Field(
        (),
        description="tokens to accept instead of those in --path-secret, separated by commas, if the"
        " configurations have a url; set them in the environment, since flags show in process lists",
    )
    client_ca_file: Path | None = Field(
        None, description="CAs (PEM) that must have signed the client certificate of a call; empty for none"
    )
    client_names: Names = Field(
        (), description="accepted names of client certificates, separated by commas; empty for any"
    )

    def certificates(self) -> CertificateSettings:
        """Return the settings of the certificate manager. Raises pydantic.ValidationError."""
        return CertificateSettings.model_validate(
            {
                "mode": self.cert_mode,
                "namespace": self.cert_namespace,
                "secret": self.cert_secret,
                "labels": self.cert_secret_labels,
                "annotations": self.cert_secret_annotations,
                "dns_names": self.cert_dns_names,
                "ip_addresses": self.cert_ip_addresses,
                "directory": self.cert_dir,
                "ca_validity": self.cert_ca_validity,
                "leaf_validity": self.cert_leaf_validity,
                "renew_at": self.cert_renew_at,
                "inject_ca": self.cert_inject,
                "paths": PATHS,
                "path_secret": self.path_secret,
                "path_tokens": self.path_tokens,
                "path_rotation": self.path_rotation,
                "client_ca_file": self.client_ca_file,
                "mutating_configurations": _names(self.mutating_configuration),
                "validating_configurations": _names(self.validating_configuration),
            }
        )


def _names(name: str) -> tuple[str, ...]:
    return (name,) if name else ()
