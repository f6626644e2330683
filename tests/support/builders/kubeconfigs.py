"""API servers and kubeconfigs; a test states only what differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from arkrun_kube.config.credentials import ANONYMOUS
from arkrun_kube.config.target import Target
from arkrun_kube.config.tls import Trust

TOKEN = {"token": "a-token"}


def target(server: str) -> Target:
    """Build the target of an API server without authentication."""
    return Target(server, "default", ANONYMOUS, Trust("a test"))


def document(
    server: str = "https://api.invalid", *, user: Any = TOKEN, namespace: str = "", cluster: Any = None
) -> Any:
    """Build a kubeconfig with one context, "c", of the cluster "c" and the user "u"."""
    context = {"cluster": "c", "user": "u", "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": context}],
        "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "u", "user": user}],
    }


def write(file: Path, content: Any) -> Path:
    """Write a kubeconfig as JSON, which is YAML; a text as it is."""
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file
