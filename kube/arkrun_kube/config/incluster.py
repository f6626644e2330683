"""The ServiceAccount of a pod, as the kubelet mounts it."""

from __future__ import annotations

import os
from pathlib import Path

from arkrun_kube.config.credentials import StoredCredentials
from arkrun_kube.config.files import CredentialFile, read_file
from arkrun_kube.config.target import Target
from arkrun_kube.config.tls import Trust
from arkrun_kube.errors import ConfigError

__all__ = ["SERVICE_ACCOUNT", "namespace", "possible", "target"]

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def possible() -> bool:
    """Return True inside a pod."""
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def target() -> Target:
    """Return the target of a pod; raises ConfigError."""
    host = os.environ.get("KUBERNETES_SERVICE_HOST", "")
    port = os.environ.get("KUBERNETES_SERVICE_PORT") or "443"
    token = SERVICE_ACCOUNT / "token"
    if not token.exists():
        raise ConfigError(
            f'this pod has no ServiceAccount token: "{token}" does not exist; '
            "set automountServiceAccountToken, or KUBECONFIG"
        )
    title = "the pod's ServiceAccount"
    authorities = read_file(SERVICE_ACCOUNT / "ca.crt", f"the certificate authority of {title}")
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Target(
        server=server,
        namespace=namespace(),
        credentials=StoredCredentials(title, token_file=CredentialFile(token, f"the token of {title}")),
        trust=Trust(title, authorities=authorities),
    )


def namespace() -> str:
    """Return the namespace of this pod; outside of one, "default"."""
    file = SERVICE_ACCOUNT / "namespace"
    return (file.read_text().strip() if file.exists() else "") or "default"
