"""Exec plugins: programs that print credentials (client-go, pkg/apis/clientauthentication).

A failing plugin is an error: without its credential, requests would be sent as another user.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import msgspec

from arkrun_kube.config.credentials import Credential, Pair, StoredCredentials
from arkrun_kube.config.entries import Exec
from arkrun_kube.config.headers import bearer
from arkrun_kube.errors import ConfigError

__all__ = ["Plugin", "check"]

_GROUP = "client.authentication.k8s.io"
_VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_MODES = ("Never", "IfAvailable", "Always")
# Time limit without a terminal, where nobody can complete a login.
_TIMEOUT_SECONDS = 60.0


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _ExecCredential(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    status: _Status | None = None


def check(plugin: Exec, title: str) -> None:
    """Check the entry by kubectl's rules; raises ConfigError."""
    if not plugin.command:
        raise ConfigError(f"the exec plugin of {title} has no command: name a program")
    name = f'the exec plugin "{plugin.command}" of {title}'
    if plugin.api_version not in _VERSIONS:
        raise ConfigError(
            f'{name} has the apiVersion "{plugin.api_version or ""}": expected {" or ".join(_VERSIONS)}'
        )
    if any(not each.name for each in plugin.env or ()):
        raise ConfigError(f"{name} has an environment variable without a name")
    if not plugin.interactive_mode and plugin.api_version == _VERSIONS[0]:
        raise ConfigError(f"{name} has no interactiveMode: expected {', '.join(_MODES)}")
    if plugin.interactive_mode and plugin.interactive_mode not in _MODES:
        raise ConfigError(
            f'{name} has the interactiveMode "{plugin.interactive_mode}": expected {", ".join(_MODES)}'
        )


@dataclass(slots=True)
class Plugin:
    """Run a checked plugin, and run it again when its credential has expired or was rejected.

    `cluster` is passed to the plugin if its entry sets provideClusterInfo. `stored` may have a client
    certificate, which is used beside the plugin's token.
    """

    plugin: Exec
    title: str
    cluster: dict[str, Any]
    stored: StoredCredentials | None = None
    _credential: Credential | None = None
    _expires: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def _name(self) -> str:
        return f'the exec plugin "{self.plugin.command}" of {self.title}'

    async def current(self) -> Credential:
        """Return the plugin's credential; raises ConfigError if it has none."""
        async with self._lock:
            if self._credential is None or (self._expires and self._expires <= datetime.now(UTC)):
                await self._renew()
            return self._credential or Credential()

    async def renewed(self, rejected: Credential) -> Credential:
        """Run the plugin again, unless a newer credential than `rejected` is already here."""
        async with self._lock:
            if self._credential == rejected:
                await self._renew()
            return self._credential or Credential()

    async def _renew(self) -> None:
        self._credential = None
        output = await self._run()
        self._credential, self._expires = self._parse(output)

    async def _run(self) -> bytes:
        interactive = self._interactive()
        try:
            process = await asyncio.create_subprocess_exec(
                self.plugin.command or "",
                *(self.plugin.args or ()),
                env=self._environment(interactive),
                stdin=None if interactive else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            raise ConfigError(self._not_started(error)) from None
        try:
            async with asyncio.timeout(None if interactive else _TIMEOUT_SECONDS):
                output, _ = await process.communicate()
        except TimeoutError:
            raise ConfigError(f"{self._name} did not end within {_TIMEOUT_SECONDS:g} s") from None
        finally:
            with suppress(ProcessLookupError):
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode:
            raise ConfigError(
                f"{self._name} failed with exit code {process.returncode}: run it by hand to see why, "
                "or log in again"
            )
        return output

    def _interactive(self) -> bool:
        """Return True if the plugin may use the terminal; raises ConfigError if a required one is missing."""
        terminal = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
        if self.plugin.interactive_mode == "Always" and not terminal:
            raise ConfigError(f"{self._name} needs a terminal, and standard input is not one")
        return terminal and self.plugin.interactive_mode != "Never"

    def _environment(self, interactive: bool) -> dict[str, str]:
        spec: dict[str, Any] = {"interactive": interactive}
        if self.plugin.provide_cluster_info:
            spec["cluster"] = self.cluster
        info = {"apiVersion": self.plugin.api_version, "kind": "ExecCredential", "spec": spec}
        variables = {each.name: each.value for each in self.plugin.env or ()}
        return {**os.environ, **variables, "KUBERNETES_EXEC_INFO": json.dumps(info)}

    def _not_started(self, error: OSError | ValueError) -> str:
        if isinstance(error, FileNotFoundError):
            hint = self.plugin.install_hint or "install it, or correct the command"
            where = "" if PurePath(self.plugin.command or "").is_absolute() else " in the PATH"
            return f"{self._name} does not exist{where}: {' '.join(hint.split())}"
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return f"{self._name} cannot be run: {reason}"

    def _parse(self, output: bytes) -> tuple[Credential, datetime | None]:
        """Parse the output; no message quotes it, since it may contain a credential."""
        try:
            printed = msgspec.json.decode(output, type=_ExecCredential)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ConfigError(f"{self._name} printed no ExecCredential: {error}") from None
        if (printed.api_version, printed.kind) != (self.plugin.api_version, "ExecCredential"):
            raise ConfigError(
                f'{self._name} printed kind "{printed.kind}" of "{printed.api_version}": '
                f"expected ExecCredential of {self.plugin.api_version}"
            )
        status = printed.status or _Status()
        if bool(status.client_certificate_data) != bool(status.client_key_data):
            raise ConfigError(f"{self._name} printed a client certificate or a key alone: expected both")
        return self._to_credential(status), _utc(status.expiration_timestamp)

    def _to_credential(self, status: _Status) -> Credential:
        if not status.token and not status.client_certificate_data:
            raise ConfigError(f"{self._name} printed no credential: expected a token or a client certificate")
        expires = _utc(status.expiration_timestamp)
        if expires and expires <= datetime.now(UTC):
            raise ConfigError(
                f"{self._name} printed a credential that expired {expires:%Y-%m-%d %H:%M:%S} UTC: "
                "log in again, or correct this machine's clock"
            )
        authorization = bearer(status.token.strip(), self.title) if status.token else ""
        if not status.client_certificate_data:
            return Credential(authorization, self.stored.read().pair if self.stored else None)
        key = (status.client_key_data or "").encode()
        return Credential(authorization, Pair(status.client_certificate_data.encode(), key))


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
