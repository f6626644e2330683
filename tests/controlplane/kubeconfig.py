"""Self-contained kubeconfig files."""

import base64
import json
from pathlib import Path

from controlplane.pki import Pair


def write_kubeconfig(path: Path, *, url: str, ca: bytes, user: str, credential: Pair | str) -> Path:
    """Write a kubeconfig (JSON, which is YAML) for a client certificate or a bearer token; mode 0600."""
    cluster = {"server": url, "certificate-authority-data": _base64(ca)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "arkrun-test", "cluster": cluster}],
        "users": [{"name": user, "user": _user(credential)}],
        "contexts": [{"name": "arkrun-test", "context": {"cluster": "arkrun-test", "user": user}}],
        "current-context": "arkrun-test",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=2))
    return path


def _user(credential: Pair | str) -> dict[str, str]:
    if isinstance(credential, str):
        return {"token": credential}
    return {
        "client-certificate-data": _base64(credential.certificate),
        "client-key-data": _base64(credential.key),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
