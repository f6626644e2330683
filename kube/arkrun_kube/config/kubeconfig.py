"""Kubeconfig files, parsed, merged and resolved like kubectl does (client-go, tools/clientcmd)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from arkrun_kube.config.entries import Cluster, Context, File, User
from arkrun_kube.errors import ConfigError

__all__ = ["Kubeconfig", "Selection", "locations", "read"]

T = TypeVar("T", Cluster, Context, User)


class _Loader(yaml.SafeLoader):
    """YAML as kubectl reads it: timestamps are strings."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Selection:
    """A context with its cluster and user; `source` names the files in messages."""

    source: str
    context: Context
    cluster: Cluster
    user: User

    @property
    def cluster_title(self) -> str:
        """The cluster as messages name it."""
        return f'cluster "{self.context.cluster}" in {self.source}'

    @property
    def user_title(self) -> str:
        """The user as messages name it."""
        return f'user "{self.context.user}" in {self.source}'


@dataclass(slots=True)
class Kubeconfig:
    """Merged files; of entries with the same name, the one in the first file counts."""

    source: str
    current: str = ""
    clusters: dict[str, Cluster] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    contexts: dict[str, Context] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Return True if there are no entries."""
        return not (self.current or self.clusters or self.users or self.contexts)

    def select(self, name: str = "") -> Selection:
        """Resolve the named context, or the current one; raises ConfigError."""
        chosen = name or self.current
        if not chosen:
            raise ConfigError(
                f"{self.source} has no current-context: set it with `kubectl config use-context NAME`, "
                f"or name a context{_known(self.contexts)}"
            )
        title = f'context "{chosen}"' if name else f'current-context "{chosen}"'
        context = self._find(title, chosen, self.contexts)
        title = f'context "{chosen}"'
        if not context.cluster:
            raise ConfigError(f"{title} in {self.source} names no cluster{_known(self.clusters)}")
        cluster = self._find(f'cluster "{context.cluster}" of {title}', context.cluster, self.clusters)
        user = User()
        if context.user:
            user = self._find(f'user "{context.user}" of {title}', context.user, self.users)
        return Selection(self.source, context, cluster, user)

    def _find(self, title: str, name: str, entries: Mapping[str, T]) -> T:
        if name not in entries:
            raise ConfigError(f"{title} does not exist in {self.source}{_known(entries)}")
        return entries[name]


def locations(explicit: str = "") -> tuple[Path, ...]:
    """Return the files to read: `explicit`, else those in $KUBECONFIG, else ~/.kube/config."""
    if explicit:
        return (Path(explicit),)
    if variable := os.environ.get("KUBECONFIG"):
        return tuple(dict.fromkeys(Path(each) for each in variable.split(os.pathsep) if each))
    home = os.environ.get("HOME")
    return (Path(home, ".kube", "config"),) if home else ()


def read(files: Sequence[Path]) -> Kubeconfig:
    """Read and merge files; missing files are skipped. Raises ConfigError."""
    contents = [(file, text) for file in files if (text := _read_text(file)) is not None]
    source = ", ".join(f'"{file}"' for file, _ in contents)
    merged = Kubeconfig(f"kubeconfig {source}")
    for file, text in contents:
        parsed = _parse(file, text)
        merged.current = merged.current or parsed.current_context or ""
        _merge(file, ((e.name, e.cluster or Cluster()) for e in parsed.clusters or ()), merged.clusters)
        _merge(file, ((e.name, e.user or User()) for e in parsed.users or ()), merged.users)
        _merge(file, ((e.name, e.context or Context()) for e in parsed.contexts or ()), merged.contexts)
    return merged


def _merge(file: Path, named: Iterable[tuple[str, T]], known: dict[str, T]) -> None:
    own: dict[str, T] = {}
    for name, entry in named:
        if name in own:
            raise ConfigError(
                f'kubeconfig "{file}" has two entries with the name "{name}": remove one of them'
            )
        own[name] = entry.resolved(file.absolute().parent)
    for name, entry in own.items():
        known.setdefault(name, entry)


def _read_text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f'kubeconfig "{file}" cannot be read: {reason}') from None


def _parse(file: Path, text: str) -> File:
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
        parsed = msgspec.convert({} if document is None else document, File)
    except yaml.YAMLError as error:
        raise ConfigError(f'kubeconfig "{file}" is not YAML{_position(error)}') from None
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        raise ConfigError(f'kubeconfig "{file}" is malformed: {error}') from None
    if (parsed.api_version or "v1", parsed.kind or "Config") != ("v1", "Config"):
        raise ConfigError(
            f'"{file}" is not a kubeconfig: expected apiVersion v1 and kind Config, '
            f"got {parsed.api_version or 'v1'} and {parsed.kind or 'Config'}"
        )
    return parsed


def _position(error: yaml.YAMLError) -> str:
    """Return position and problem without quoting the file, which may contain a credential."""
    mark: Any = getattr(error, "problem_mark", None)
    return (
        f": line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', '')}" if mark else ""
    )


def _known(entries: Mapping[str, object]) -> str:
    return f" (there are: {', '.join(sorted(entries))})" if entries else " (there are none)"
