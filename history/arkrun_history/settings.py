"""Settings: an environment variable ARKRUN_HISTORY_<NAME>, a flag --<name>, and its help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from arkrun_history.errors import DurationError
from arkrun_history.policy.durations import parse_duration
from arkrun_history.policy.limits import DEFAULT_FAILED, DEFAULT_SUCCEEDED, Limits

POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def _duration(text: str) -> str:
    try:
        parse_duration(text or "0")
    except DurationError as error:
        raise ValueError(str(error)) from None
    return text


class Settings(BaseSettings):
    """Settings of `arkrun-history run`; a flag overrides the environment."""

    model_config = SettingsConfigDict(
        env_prefix="ARKRUN_HISTORY_", cli_kebab_case=True, cli_implicit_flags=True, extra="forbid"
    )

    namespace: str = Field("", description="only this namespace; empty: all namespaces")
    dry_run: bool = Field(False, description="only log what would be deleted or written; needs no Lease")
    once: bool = Field(False, description="make one pass and exit")
    retention: bool = Field(True, description="delete old runs and write the last run to each team's status")
    seal: bool = Field(False, description="seal runs at their creation and their end; not with --dry-run")
    seal_secret: str = Field("arkrun-seal", description="Secret of the signing keys, beside the Lease")
    seal_secret_provided: bool = Field(
        False, description="the Secret is yours: it is only read, and you replace its seal.key yourself"
    )
    seal_keys: str = Field("arkrun-seal-keys", description="ConfigMap of the public keys, beside the Lease")
    seal_key_rotation: Annotated[str, AfterValidator(_duration)] = Field(
        "90d", description="age at which the signing key is replaced"
    )
    seal_key_ahead: Annotated[str, AfterValidator(_duration)] = Field(
        "1d", description="time between the publication of a new key and its first signature"
    )
    orphan_successful_limit: int = Field(
        DEFAULT_SUCCEEDED, ge=0, description="Succeeded runs to retain of a deleted team"
    )
    orphan_failed_limit: int = Field(
        DEFAULT_FAILED, ge=0, description="Failed runs to retain of a deleted team"
    )
    orphan_retain_for: Annotated[str, AfterValidator(_duration)] = Field(
        "", description="maximum age of finished runs of a deleted team, such as 7d; empty: no limit"
    )
    orphan_grace_seconds: float = Field(
        30, ge=0, description="seconds that a team must be missing before it counts as deleted"
    )
    lease_namespace: str = Field("", description="namespace of the Lease; empty: the pod's own, else default")
    lease_name: str = Field("arkrun-history", description="name of the Lease that one replica holds")
    lease_seconds: int = Field(15, ge=3, description="duration of the Lease in seconds")
    host: str = Field(
        "", description="listen address of /healthz, /readyz and /metrics; empty means all, IPv4 and IPv6"
    )
    port: int = Field(8080, ge=0, le=65535, description="listen port; 0 picks a free one")
    port_file: Path | None = Field(None, description="write the bound port to this file")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="minimum log level")
    log_format: Literal["json", "text"] = Field("json", description="json for machines, text for a terminal")

    @model_validator(mode="after")
    def _check_switches(self) -> Self:
        if self.seal and self.dry_run:
            raise ValueError("--seal writes to runs: leave out --dry-run, or --seal")
        if not self.seal and not self.retention:
            raise ValueError("--no-retention without --seal leaves nothing to do")
        return self

    def orphan_limits(self) -> Limits:
        """Return the limits of runs whose team was deleted."""
        max_age = parse_duration(self.orphan_retain_for or "0") or None
        return Limits(self.orphan_successful_limit, self.orphan_failed_limit, max_age)

    def effective_lease_namespace(self) -> str:
        """Return the namespace of the Lease: the setting, else the pod's own, else default."""
        if self.lease_namespace:
            return self.lease_namespace
        return POD_NAMESPACE.read_text().strip() if POD_NAMESPACE.exists() else "default"
