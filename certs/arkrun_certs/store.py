"""The one Secret, written with optimistic concurrency.

RBAC that this module needs, in the Secret's namespace:

    - {apiGroups: [""], resources: [secrets], resourceNames: [NAME], verbs: [get, watch, update]}
    - {apiGroups: [""], resources: [secrets], verbs: [create]}   # a create has no name to grant by
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from arkrun_certs.errors import MaterialError
from arkrun_certs.files import Mounted, mounted_in
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.state import CA_KEY, State, decode, encode
from arkrun_certs.x509 import to_pem
from arkrun_kube import METADATA, ApiError, Client, Event, NotFoundError, Object, Resource

__all__ = ["SecretStore", "Stored"]

SECRETS = Resource("", "v1", "secrets")

_UNPROCESSABLE = 422
# The types that let their data be written as a state.
_TYPES = ("Opaque", "kubernetes.io/tls")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the Secret held when it was read: a state, or the `problem` why there is none.

    `mounted` is the pair that somebody else keeps there, such as cert-manager.
    """

    state: State | None
    problem: str = ""
    live: Object | None = field(default=None, repr=False)
    mounted: Mounted | None = None

    @property
    def found(self) -> State | Mounted | None:
        """The pair and the CAs that there are, whoever keeps them."""
        return self.state or self.mounted

    @property
    def bundle(self) -> bytes:
        """The CAs to trust as PEM; empty when there is none."""
        return to_pem(self.found.trusted) if self.found else b""


class SecretStore:
    """Reads and writes states in one Secret; every failure is a KubeError."""

    def __init__(self, client: Client, settings: CertificateSettings) -> None:
        self._client = client
        self._namespace = settings.namespace
        self._name = settings.secret
        self._labels = {"app.kubernetes.io/managed-by": settings.field_manager, **settings.labels}
        self._annotations = settings.annotations
        self._collection = SECRETS.path(settings.namespace)
        self._path = SECRETS.path(settings.namespace, settings.secret)

    def __str__(self) -> str:
        return f'Secret "{self._namespace}/{self._name}"'

    async def read(self) -> Stored:
        """Read the state; a Secret that is missing or makes no sense is an answer, not an error."""
        try:
            live = await self._client.get(self._path)
        except NotFoundError:
            return Stored(None, f"{self} does not exist")
        try:
            return Stored(decode(_data(live)), live=live)
        except MaterialError as error:
            return Stored(None, f"{self} is unusable: {error}", live, _of_others(live))

    async def write(self, seen: Stored, state: State) -> None:
        """Replace what was `seen`; a ConflictError when another replica was faster.

        Everything in the Secret that is not data (type, labels, owner) stays as it is.
        """
        data = {key: base64.b64encode(value).decode() for key, value in encode(state).items()}
        if seen.live is not None:
            await self._replace({**seen.live, "data": data})
            return
        metadata = {
            "name": self._name,
            "namespace": self._namespace,
            "labels": self._labels,
            "annotations": self._annotations,
        }
        # As the chart renders it: a type cannot be changed, so another one would stop every `helm upgrade`.
        body = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}
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


def _fault(live: Object) -> str:
    """Say why no state can ever be written into this Secret; neither field can be changed back."""
    if live.get("immutable"):
        return "is immutable"
    kind = live.get("type")
    return "" if kind in _TYPES else f'is of type "{kind}"'


def _of_others(live: Object) -> Mounted | None:
    """Find a pair in a Secret that has no key of a CA: it never was ours."""
    try:
        data = _data(live)
        return None if CA_KEY in data else mounted_in(data)
    except MaterialError:
        return None


def _data(live: Object) -> dict[str, bytes]:
    try:
        return {key: base64.b64decode(value or "") for key, value in (live.get("data") or {}).items()}
    except (binascii.Error, ValueError) as error:
        raise MaterialError(f"its data is not base64: {error}") from None
