"""The proxy of an API server: from the kubeconfig, else from the environment.

NO_PROXY follows the rules of Go (golang.org/x/net/http/httpproxy), as in kubectl.
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from arkrun_kube.errors import ConfigError

__all__ = ["from_environment", "parse"]

_SCHEMES = ("http", "https")
_PORTS = {"http": 80, "https": 443}


def parse(url: str, what: str) -> str:
    """Check the URL of a proxy; raises ConfigError if it is invalid."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if usable:
        return url
    # Do not quote the URL, which may contain a password.
    scheme = url.partition("://")[0] if "://" in url else ""
    problem = f'the scheme "{scheme}"' if scheme and scheme not in _SCHEMES else "no usable URL"
    raise ConfigError(f"{what} has {problem}: expected http://HOST:PORT or https://HOST:PORT")


def from_environment(server: str) -> str:
    """Return the proxy of a server, or ""; raises ConfigError."""
    scheme = urlsplit(server).scheme
    name = f"{scheme.upper()}_PROXY"
    url = os.environ.get(name) or os.environ.get(name.lower())
    if not url or _bypasses_proxy(server):
        return ""
    return parse(url if "://" in url else f"http://{url}", name)


def _bypasses_proxy(server: str) -> bool:
    """Return True if NO_PROXY excludes the server, or if it is on loopback."""
    parts = urlsplit(server)
    host = (parts.hostname or "").rstrip(".")
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return True
    port = parts.port or _PORTS[parts.scheme]
    entries = (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or "").split(",")
    return any(_matches(entry.strip().lower(), host, port) for entry in entries if entry.strip())


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address, network = _address(host), _network(entry)
    if network is not None:
        return address is not None and address in network
    name, _, entry_port = entry.rpartition(":") if _has_port(entry) else (entry, "", "")
    if entry_port and entry_port != str(port):
        return False
    if address:
        return _address(name.strip("[]")) == address
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _has_port(entry: str) -> bool:
    host, _, port = entry.rpartition(":")
    return port.isdecimal() and (":" not in host or host.endswith("]"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False) if "/" in entry else None
    except ValueError:
        return None
