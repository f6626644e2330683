"""Every setting: an environment variable ARKRUN_HISTORY_<NAME>, a flag --<name>, and a sentence of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from arkrun_history.durations import seconds
from arkrun_history.errors import DurationError
from arkrun_history.policy import FAILED_DEFAULT, SUCCEEDED_DEFAULT, Policy

POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def _duration(text: str) -> str:
    try:
        seconds(text or "0")
    except DurationError as error:
        raise ValueError(str(error)) from None
    return text


class Settings(BaseSettings):
    """Settings of `arkrun-history run`; a flag wins over the environment."""

    model_config = SettingsConfigDict(
        env_prefix="ARKRUN_HISTORY_", cli_kebab_case=True, cli_implicit_flags=True, extra="forbid"
    )

    namespace: str = Field("", description="keep the history of this namespace only; empty: of all")
    dry_run: bool = Field(False, description="only log what would be deleted or written; needs no Lease")
    once: bool = Field(False, description="make one pass and end")
    orphan_successful_limit: int = Field(
        SUCCEEDED_DEFAULT, ge=0, description="Succeeded runs to keep of a team that is gone"
    )
    orphan_failed_limit: int = Field(
        FAILED_DEFAULT, ge=0, description="Failed runs to keep of a team that is gone"
    )
    orphan_retain_for: Annotated[str, AfterValidator(_duration)] = Field(
        "", description="age after which ended runs of a team that is gone go, such as 7d; empty: no limit"
    )
    orphan_grace_seconds: float = Field(
        30, ge=0, description="seconds that a team must be missing before it counts as gone"
    )
    lease_namespace: str = Field("", description="namespace of the Lease; empty: the pod's own, else default")
    lease_name: str = Field("arkrun-history", description="name of the Lease that one replica holds")
    lease_seconds: int = Field(15, ge=3, description="seconds until another replica takes over")
    host: str = Field("0.0.0.0", description="address of /healthz, /readyz and /metrics")  # noqa: S104
    port: int = Field(8080, ge=0, le=65535, description="their port; 0 takes any free one")
    port_file: Path | None = Field(None, description="write the bound port into this file")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level to log")
    log_format: Literal["json", "text"] = Field("json", description="json for machines, text for a terminal")

    def orphans(self) -> Policy:
        """Give the policy of runs whose team is gone."""
        retain = seconds(self.orphan_retain_for or "0") or None
        return Policy(self.orphan_successful_limit, self.orphan_failed_limit, retain)

    def where(self) -> str:
        """Give the namespace of the Lease."""
        if self.lease_namespace:
            return self.lease_namespace
        return POD_NAMESPACE.read_text().strip() if POD_NAMESPACE.exists() else "default"
