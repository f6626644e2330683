"""URL paths of objects and collections."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from arkrun_kube.errors import ConfigError

__all__ = ["Resource"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the API; `group` is empty for core resources."""

    group: str
    version: str
    plural: str

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """Build the path of an object; without a name, of a collection; without a namespace, of all.

        Raises ConfigError for a name that would lead to another path.
        """
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{_segment(namespace)}" if namespace else ""
        tail = "".join(f"/{_segment(each)}" for each in (name, subresource) if each)
        return f"{root}{scope}/{self.plural}{tail}"


def _segment(name: str) -> str:
    # Refused as in kubectl: quoting does not make these safe.
    if name in (".", "..") or "/" in name or "%" in name:
        raise ConfigError(f'invalid name "{name}": expected the name of an object, without "/" and "%"')
    try:
        return quote(name, safe="")
    except UnicodeEncodeError:
        raise ConfigError(f"invalid name {name!a}: it is not valid UTF-8") from None
