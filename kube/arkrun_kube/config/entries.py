"""The entries of a kubeconfig, with the fields that are supported (client-go, clientcmd/api/v1/types.go)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
from msgspec import Struct, field

__all__ = ["Cluster", "Context", "Exec", "File", "User", "Variable"]


class _Entry(Struct, frozen=True):
    paths: ClassVar[tuple[str, ...]] = ()

    def resolved(self, folder: Path) -> Self:
        """Return the entry with its relative paths resolved against the folder of its file."""
        absolute = {name: str(folder / path) for name in self.paths if (path := getattr(self, name))}
        return msgspec.structs.replace(self, **absolute)


class Extension(Struct, frozen=True):
    """An extension of an entry, set by another program."""

    name: str | None = None
    extension: Any = None


class Cluster(_Entry, rename="kebab", frozen=True):
    """An API server: its URL, CA and proxy."""

    paths: ClassVar[tuple[str, ...]] = ("certificate_authority",)

    server: str | None = None
    tls_server_name: str | None = None
    insecure_skip_tls_verify: bool | None = None
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    proxy_url: str | None = None
    disable_compression: bool | None = None
    extensions: list[Extension] | None = None


class Variable(Struct, frozen=True):
    """An environment variable for an exec plugin."""

    name: str = ""
    value: str = ""


class Exec(Struct, rename="camel", frozen=True):
    """An exec plugin: a program that prints credentials."""

    api_version: str | None = None
    command: str | None = None
    args: list[str] | None = None
    env: list[Variable] | None = None
    install_hint: str | None = None
    provide_cluster_info: bool | None = None
    interactive_mode: str | None = None


class User(_Entry, rename="kebab", frozen=True):
    """A user: credentials and impersonation."""

    paths: ClassVar[tuple[str, ...]] = ("client_certificate", "client_key", "token_file")

    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    token: str | None = None
    token_file: str | None = field(default=None, name="tokenFile")
    username: str | None = None
    password: str | None = None
    impersonate: str | None = field(default=None, name="as")
    impersonate_uid: str | None = field(default=None, name="as-uid")
    impersonate_groups: list[str] | None = field(default=None, name="as-groups")
    impersonate_extra: dict[str, list[str]] | None = field(default=None, name="as-user-extra")
    auth_provider: Any = None
    exec: Exec | None = None

    def resolved(self, folder: Path) -> Self:
        """Resolve paths, also of an exec plugin unless it is searched for in the PATH."""
        entry = super().resolved(folder)
        plugin = entry.exec
        if plugin is None or "/" not in (plugin.command or ""):
            return entry
        command = str(folder / (plugin.command or ""))
        return msgspec.structs.replace(entry, exec=msgspec.structs.replace(plugin, command=command))


class Context(_Entry, frozen=True):
    """A cluster, a user and a namespace."""

    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None


class _NamedCluster(Struct, frozen=True):
    name: str
    cluster: Cluster | None = None


class _NamedUser(Struct, frozen=True):
    name: str
    user: User | None = None


class _NamedContext(Struct, frozen=True):
    name: str
    context: Context | None = None


class File(Struct, frozen=True):
    """One kubeconfig file."""

    api_version: str | None = field(default=None, name="apiVersion")
    kind: str | None = None
    current_context: str | None = field(default=None, name="current-context")
    clusters: list[_NamedCluster] | None = None
    users: list[_NamedUser] | None = None
    contexts: list[_NamedContext] | None = None
