"""An API server, with the credentials and settings to call it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from arkrun_kube.config import plugin, proxy
from arkrun_kube.config.credentials import ANONYMOUS, Credentials, stored_credentials
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
    """The server to call, with credentials and settings; `proxy` is a URL or empty."""

    server: str
    namespace: str
    credentials: Credentials
    trust: Trust
    headers: Headers = ()
    proxy: str = field(default="", repr=False)


def target_of(selection: Selection) -> Target:
    """Build the target of a context; raises ConfigError if the context or an entry is invalid."""
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
    """Return the URL of the API server without a trailing slash."""
    url = (cluster.server or "").strip()
    if not url:
        raise ConfigError(f"{title} has no server: expected a URL such as https://HOST:6443")
    if "@" in url:
        raise ConfigError(f"{title} has a server with a user or password: put them into the user's entry")
    if "://" not in url:
        tls = cluster.certificate_authority_data or cluster.certificate_authority
        url = f"{'https' if tls or cluster.insecure_skip_tls_verify else 'http'}://{url}"
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https") or not re.fullmatch(r"[!-~]+", url):
        raise ConfigError(f'{title} has the server "{url}": expected a URL such as https://HOST:6443')
    return url.rstrip("/")


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
    credentials = stored_credentials(user, title)
    if server.startswith("http://"):
        return ANONYMOUS
    # As in kubectl, a token or a password takes precedence over an exec plugin.
    if user.exec and not (credentials and (credentials.authorization or credentials.token_file)):
        return plugin.Plugin(user.exec, title, _cluster_info(selection.cluster, trust), credentials)
    if credentials is not None:
        return credentials
    subject = title if selection.context.user else f"the context in {selection.source} names no user, so it"
    raise ConfigError(
        f"{subject} has no credential: expected a token, a tokenFile, a client-certificate, a username "
        "or an exec plugin"
    )


def _cluster_info(cluster: Cluster, trust: Trust) -> dict[str, Any]:
    """Return the cluster as an exec plugin receives it (ExecCredential, spec.cluster)."""
    info = {
        "server": cluster.server,
        "tls-server-name": trust.server_name,
        "insecure-skip-tls-verify": not trust.verify,
        "certificate-authority-data": base64.b64encode(trust.authorities or b"").decode(),
        "proxy-url": cluster.proxy_url,
        "disable-compression": cluster.disable_compression,
        "config": next((e.extension for e in cluster.extensions or () if e.name == _EXTENSION), None),
    }
    return {key: value for key, value in info.items() if value}
