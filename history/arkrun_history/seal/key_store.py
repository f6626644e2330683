"""The Secret with the signing keys and the ConfigMap with the public keys.

Required RBAC in their namespace: get and update of the Secret, get and patch of the ConfigMap, both by name,
and create, which has no name to grant by.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping

from arkrun_crd.seal.keys import KEY_FILE_SUFFIX, KeyFormatError, PublicKey, public_keys
from arkrun_history.errors import KeyringError
from arkrun_history.seal.keyring import CURRENT, Keyring, decode, encode
from arkrun_kube import Client, NotFoundError, Object, Resource

__all__ = ["KeyStore"]

SECRETS = Resource("", "v1", "secrets")
CONFIG_MAPS = Resource("", "v1", "configmaps")


class KeyStore:
    """Reads and writes both objects. Failures raise KubeError."""

    def __init__(self, client: Client, namespace: str, *, secret: str, config_map: str) -> None:
        self._client = client
        self._namespace = namespace
        self._secret = secret
        self._config_map = config_map

    async def read_keyring(self) -> tuple[Keyring | None, Object | None]:
        """Read the keyring, None if there is no key yet, and the Secret. Raises KeyringError."""
        try:
            secret = await self._client.get(SECRETS.path(self._namespace, self._secret))
        except NotFoundError:
            return None, None
        data = self._decode_data(secret)
        try:
            return (decode(data) if data.get(CURRENT) else None), secret
        except KeyringError as error:
            raise KeyringError(f'Secret "{self._namespace}/{self._secret}": {error}') from None

    async def write_keyring(self, keyring: Keyring, previous: Object | None) -> None:
        """Replace the data of the Secret, or create it. Raises ConflictError if another was faster."""
        data = {name: base64.b64encode(value).decode() for name, value in encode(keyring).items()}
        if previous is not None:
            await self._client.replace(
                SECRETS.path(self._namespace, self._secret), {**previous, "data": data}
            )
            return
        # Without labels: an upgrade of the chart applies its own, and would conflict with another value.
        body = self._body("Secret", self._secret) | {"type": "Opaque", "data": data}
        await self._client.create(SECRETS.path(self._namespace), body)

    async def read_published(self) -> frozenset[str]:
        """Return the ids of the public keys in the ConfigMap."""
        try:
            config_map = await self._client.get(CONFIG_MAPS.path(self._namespace, self._config_map))
        except NotFoundError:
            return frozenset()
        data: Mapping[str, str] = config_map.get("data") or {}
        return frozenset(
            name.removesuffix(KEY_FILE_SUFFIX) for name, text in data.items() if _is_key(name, text)
        )

    async def publish(self, keys: Iterable[PublicKey]) -> None:
        """Add public keys to the ConfigMap without removing others."""
        data = {f"{key.id}{KEY_FILE_SUFFIX}": key.pem for key in keys}
        path = CONFIG_MAPS.path(self._namespace, self._config_map)
        try:
            await self._client.merge(path, {"data": data})
        except NotFoundError:
            body = self._body("ConfigMap", self._config_map) | {"data": data}
            body["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "arkrun-history"}
            await self._client.create(CONFIG_MAPS.path(self._namespace), body)

    def _decode_data(self, secret: Object) -> dict[str, bytes]:
        try:
            return {name: base64.b64decode(value or "") for name, value in (secret.get("data") or {}).items()}
        except (binascii.Error, ValueError):
            raise KeyringError(f'Secret "{self._namespace}/{self._secret}": its data is not base64') from None

    def _body(self, kind: str, name: str) -> Object:
        metadata = {"name": name, "namespace": self._namespace}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def _is_key(name: str, text: str) -> bool:
    """Return True if a member of the ConfigMap is a key named by its id."""
    try:
        return f"{next(iter(public_keys([text])))}{KEY_FILE_SUFFIX}" == name
    except KeyFormatError:
        return False
