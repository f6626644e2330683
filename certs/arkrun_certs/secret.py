"""One Secret, written with optimistic concurrency.

RBAC that this module needs, in the Secret's namespace:

    - {apiGroups: [""], resources: [secrets], resourceNames: [NAME], verbs: [get, watch, update]}
    - {apiGroups: [""], resources: [secrets], verbs: [create]}   # a create has no name to grant by
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Mapping

from arkrun_certs.errors import MaterialError
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import METADATA, ApiError, Client, Event, NotFoundError, Object, Resource

__all__ = ["Secret", "data_of"]

SECRETS = Resource("", "v1", "secrets")

_UNPROCESSABLE = 422
# The types that let their data be written freely.
_TYPES = ("Opaque", "kubernetes.io/tls")


class Secret:
    """Reads and writes the data of one Secret; every failure is a KubeError."""

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
        """Read the Secret; None when it does not exist."""
        try:
            return await self._client.get(self._path)
        except NotFoundError:
            return None

    async def write(self, seen: Object | None, data: Mapping[str, bytes]) -> None:
        """Replace the data of what was `seen`; a ConflictError when another replica was faster.

        Everything in the Secret that is not data (type, labels, owner) stays as it is.
        """
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        if seen is not None:
            await self._replace({**seen, "data": encoded})
            return
        metadata = {
            "name": self._name,
            "namespace": self._namespace,
            "labels": self._labels,
            "annotations": self._annotations,
        }
        # As the chart renders it: a type cannot be changed, so another one would stop every `helm upgrade`.
        body = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": encoded}
        await self._client.create(self._collection, body)

    async def _replace(self, body: Object) -> None:
        try:
            await self._client.replace(self._path, body)
        except ApiError as error:
            fault = _fault(body)
            if error.status != _UNPROCESSABLE or not fault:
                raise
            message = (
                f"{self} {fault}: delete it, and a new one is made "
                f"(the API server refused with {error.status}: {error.message})"
            )
            raise ApiError(message, status=error.status) from None

    def watch(self) -> AsyncIterator[Event[Object]]:
        """Yield whenever the Secret changes; metadata alone, so that no key travels for a mere sign."""
        return self._client.watch(self._collection, model=Object, accept=METADATA, name=self._name)


def data_of(live: Object) -> dict[str, bytes]:
    """Decode the data of a Secret. Raises MaterialError."""
    try:
        return {key: base64.b64decode(value or "") for key, value in (live.get("data") or {}).items()}
    except (binascii.Error, ValueError) as error:
        raise MaterialError(f"its data is not base64: {error}") from None


def _fault(live: Object) -> str:
    """Return why no data can ever be written into this Secret; neither field can be changed back."""
    if live.get("immutable"):
        return "is immutable"
    kind = live.get("type")
    return "" if kind in _TYPES else f'is of type "{kind}"'
