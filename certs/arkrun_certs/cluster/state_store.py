"""The state of the certificates, stored in a Secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from arkrun_certs.cluster.secret import Secret, decode_data
from arkrun_certs.errors import MaterialError
from arkrun_certs.pki.files import TrustedPair, parse_files
from arkrun_certs.pki.x509 import to_pem
from arkrun_certs.rotation.state import CA_KEY, State, decode, encode
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import Client, Event, Object

__all__ = ["Snapshot", "StateStore"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of the Secret when it was read: a state, or the `problem` why there is none.

    `external` is the pair of a Secret that another tool manages, such as cert-manager.
    """

    state: State | None
    problem: str = ""
    secret: Object | None = field(default=None, repr=False)
    external: TrustedPair | None = None

    @property
    def certificates(self) -> State | TrustedPair | None:
        """Return the pair and its CAs, whoever manages them."""
        return self.state or self.external

    @property
    def bundle(self) -> bytes:
        """Return the CAs to trust as PEM; empty if there are none."""
        return to_pem(self.certificates.trusted) if self.certificates else b""


class StateStore:
    """Read and write the state in one Secret. Failures raise KubeError."""

    def __init__(self, client: Client, settings: CertificateSettings) -> None:
        self._secret = Secret(client, settings, settings.secret)

    def __str__(self) -> str:
        return str(self._secret)

    async def read(self) -> Snapshot:
        """Read the state; a missing or invalid Secret is reported as a `problem`."""
        secret = await self._secret.read()
        if secret is None:
            return Snapshot(None, f"{self} does not exist")
        try:
            return Snapshot(decode(decode_data(secret)), secret=secret)
        except MaterialError as error:
            return Snapshot(None, f"{self} is unusable: {error}", secret, _external_pair(secret))

    async def write(self, previous: Snapshot, state: State) -> None:
        """Replace `previous`. Raises ConflictError if another replica has written the Secret since."""
        await self._secret.write(previous.secret, encode(state))

    def watch(self) -> AsyncIterator[Event[Object]]:
        """Yield an event for every change of the Secret."""
        return self._secret.watch()


def _external_pair(secret: Object) -> TrustedPair | None:
    """Parse the pair of a Secret without a CA key, which we have never written."""
    try:
        data = decode_data(secret)
        return None if CA_KEY in data else parse_files(data)
    except MaterialError:
        return None
