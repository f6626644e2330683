"""The state of the certificates in their Secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from arkrun_certs.errors import MaterialError
from arkrun_certs.files import Mounted, mounted_in
from arkrun_certs.secret import Secret, data_of
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.state import CA_KEY, State, decode, encode
from arkrun_certs.x509 import to_pem
from arkrun_kube import Client, Event, Object

__all__ = ["SecretStore", "Stored"]


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
        self._secret = Secret(client, settings, settings.secret)

    def __str__(self) -> str:
        return str(self._secret)

    async def read(self) -> Stored:
        """Read the state; a Secret that is missing or makes no sense is an answer, not an error."""
        live = await self._secret.read()
        if live is None:
            return Stored(None, f"{self} does not exist")
        try:
            return Stored(decode(data_of(live)), live=live)
        except MaterialError as error:
            return Stored(None, f"{self} is unusable: {error}", live, _of_others(live))

    async def write(self, seen: Stored, state: State) -> None:
        """Replace what was `seen`; a ConflictError when another replica was faster."""
        await self._secret.write(seen.live, encode(state))

    def watch(self) -> AsyncIterator[Event[Object]]:
        """Yield whenever the Secret changes."""
        return self._secret.watch()


def _of_others(live: Object) -> Mounted | None:
    """Find a pair in a Secret that has no key of a CA: it never was ours."""
    try:
        data = data_of(live)
        return None if CA_KEY in data else mounted_in(data)
    except MaterialError:
        return None
