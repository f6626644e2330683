"""A Secret that replicas write with optimistic concurrency.

Required RBAC in the namespace of the Secret:

    - {apiGroups: [""], resources: [secrets], resourceNames: [NAME], verbs: [get, watch, update]}
    - {apiGroups: [""], resources: [secrets], verbs: [create]}   # create cannot be restricted by name
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Mapping

from arkrun_certs.errors import MaterialError
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import METADATA, ApiError, Client, Event, NotFoundError, Object, Resource

__all__ = ["Secret", "decode_data"]

SECRETS = Resource("", "v1", "secrets")

_UNPROCESSABLE = 422
# The types whose data the API server does not validate against our keys.
_WRITABLE_TYPES = ("Opaque", "kubernetes.io/tls")


class Secret:
    """Read and write the data of one Secret. Failures raise KubeError."""

    def __init__(self, client: Client, settings: CertificateSettings, name: str) -> None:
        self._client = client
        self._namespace = settings.namespace
        self._name = name
        self._labels = {"app.kubernetes.io/managed-by": settings.field_manager, **settings.labels}
        self._annotations = settings.annotations
        self._collection = SECRETS.path(settings.namespace)
        self._path = SECRETS.path(settings.namespace, name)

    def __str__(self) -> str:
        return f'Secret "{self._namespace}/{self._name}"'

    async def read(self) -> Object | None:
        """Read the Secret, or return None if it does not exist."""
        try:
            return await self._client.get(self._path)
        except NotFoundError:
            return None

    async def write(self, previous: Object | None, data: Mapping[str, bytes]) -> None:
        """Replace the data of `previous`, or create the Secret if that is None.

        Raises ConflictError if another replica has written it since. Type, labels and owners are unchanged.
        """
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        if previous is not None:
            await self._replace({**previous, "data": encoded})
            return
        metadata = {
            "name": self._name,
            "namespace": self._namespace,
            "labels": self._labels,
            "annotations": self._annotations,
        }
        # The same type as in the chart: types are immutable, so any other would fail every `helm upgrade`.
        body = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": encoded}
        await self._client.create(self._collection, body)

    async def _replace(self, body: Object) -> None:
        try:
            await self._client.replace(self._path, body)
        except ApiError as error:
            reason = _unwritable_reason(body)
            if error.status != _UNPROCESSABLE or not reason:
                raise
            message = (
                f"{self} {reason}: delete it and it is recreated "
                f"(the API server refused with {error.status}: {error.message})"
            )
            raise ApiError(message, status=error.status) from None

    def watch(self) -> AsyncIterator[Event[Object]]:
        """Yield an event for every change of the Secret; only its metadata is transferred, no key."""
        return self._client.watch(self._collection, model=Object, accept=METADATA, name=self._name)


def decode_data(secret: Object) -> dict[str, bytes]:
    """Decode the data of a Secret. Raises MaterialError."""
    try:
        return {key: base64.b64decode(value or "") for key, value in (secret.get("data") or {}).items()}
    except (binascii.Error, ValueError) as error:
        raise MaterialError(f"its data is not base64: {error}") from None


def _unwritable_reason(secret: Object) -> str:
    """Return why this Secret can never be written; both fields are immutable themselves."""
    if secret.get("immutable"):
        return "is immutable"
    kind = secret.get("type")
    return "" if kind in _WRITABLE_TYPES else f'is of type "{kind}"'
