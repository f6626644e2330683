"""One API server, with everything that is needed to ask it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from arkrun_kube.config import plugin, proxy
from arkrun_kube.config.credentials import ANONYMOUS, Credentials, stored
from arkrun_kube.config.entries import Cluster
from arkrun_kube.config.headers import Headers, impersonation
from arkrun_kube.config.kubeconfig import Selection
from arkrun_kube.config.tls import Trust, trust_of
from arkrun_kube.errors import ConfigError

__all__ = ["Target", "target_of"]

_EXTENSION = "client.authentication.k8s.io/exec"
_UNSUPPORTED = (
    "auth-provider, which is not supported: use an exec plugin, such as gke-gcloud-auth-plugin, kubelogin "
    "or kubectl-oidc_login"
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send requests, and as whom; `proxy` is a URL, "" for none."""

    server: str
    namespace: str
    credentials: Credentials
    trust: Trust
    headers: Headers = ()
    proxy: str = field(default="", repr=False)


def target_of(selection: Selection) -> Target:
    """Check a context of a kubeconfig and everything that it names; raises ConfigError."""
    cluster, title = selection.cluster, selection.cluster_title
    trust = trust_of(cluster, title)
    server = _server(cluster, title)
    headers = impersonation(selection.user, selection.user_title)
    credentials = _credentials(selection, server, trust)
    if cluster.disable_compression:
        headers += (("Accept-Encoding", "identity"),)
    return Target(
        server=server,
        namespace=selection.context.namespace or "default",
        credentials=credentials,
        trust=trust,
        headers=headers,
        proxy=_proxy(cluster, title, server),
    )


def _server(cluster: Cluster, title: str) -> str:
    """Return the URL of the API server without a slash at its end."""
    given = (cluster.server or "").strip()
    if not given:
        raise ConfigError(f"{title} has no server: expected a URL such as https://HOST:6443")
    if "@" in given:
        raise ConfigError(f"{title} has a server with a user or password: put them into the user's entry")
    if "://" not in given:
        tls = cluster.certificate_authority_data or cluster.certificate_authority
        given = f"{'https' if tls or cluster.insecure_skip_tls_verify else 'http'}://{given}"
    try:
        parts = urlsplit(given)
        usable = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https") or not re.fullmatch(r"[!-~]+", given):
        raise ConfigError(f'{title} has the server "{given}": expected a URL such as https://HOST:6443')
    return given.rstrip("/")


def _proxy(cluster: Cluster, title: str, server: str) -> str:
    if cluster.proxy_url:
        return proxy.parse(cluster.proxy_url, f"proxy-url of {title}")
    return proxy.from_environment(server)


def _credentials(selection: Selection, server: str, trust: Trust) -> Credentials:
    user, title = selection.user, selection.user_title
    if user.auth_provider:
        raise ConfigError(f"{title} has an {_UNSUPPORTED}")
    if user.exec:
        plugin.check(user.exec, title)
    found = stored(user, title)
    if server.startswith("http://"):
        return ANONYMOUS
    # As in kubectl, a token or a password that is written there comes before an exec plugin.
    if user.exec and not (found and (found.authorization or found.token_file)):
        return plugin.Plugin(user.exec, title, _told(selection.cluster, trust), found)
    if found is not None:
        return found
    who = title if selection.context.user else f"the context in {selection.source} names no user, so it"
    raise ConfigError(
        f"{who} has no credential: expected a token, a tokenFile, a client-certificate, a username "
        "or an exec plugin"
    )


def _told(cluster: Cluster, trust: Trust) -> dict[str, Any]:
    """Return what an exec plugin is told about its cluster."""
    told = {
        "server": cluster.server,
        "tls-server-name": trust.server_name,
        "insecure-skip-tls-verify": not trust.verify,
        "certificate-authority-data": base64.b64encode(trust.authorities or b"").decode(),
        "proxy-url": cluster.proxy_url,
        "disable-compression": cluster.disable_compression,
        "config": next((e.extension for e in cluster.extensions or () if e.name == _EXTENSION), None),
    }
    return {key: value for key, value in told.items() if value}
