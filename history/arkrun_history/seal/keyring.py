"""The signing keys in the Secret: their encoding, and the next action for them as a pure function.

A rotation runs BEGIN -> PUBLISH -> PROMOTE. The public half of a key is published some time before the key
signs, so that whoever copies the public keys regularly has it when its first seal appears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from arkrun_crd.seal.keys import PublicKey
from arkrun_history.errors import KeyringError

__all__ = ["Action", "Keyring", "SigningKey", "apply", "decide", "decode", "encode"]

CURRENT, UPCOMING, CREATED, BEGUN = "seal.key", "upcoming.key", "created", "begun"


class Action(StrEnum):
    """The next action for the Secret (CREATE, BEGIN, PROMOTE) or the ConfigMap (PUBLISH)."""

    CREATE = "create"
    BEGIN = "begin"
    PUBLISH = "publish"
    PROMOTE = "promote"
    NONE = "none"


@dataclass(frozen=True)
class SigningKey:
    """A private key; repr() omits it."""

    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningKey:
        """Generate a key."""
        return cls(Ed25519PrivateKey.generate())

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(self.private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self.private.sign(message)


@dataclass(frozen=True)
class Keyring:
    """The key that signs, made at `created`, and during a rotation the next one, made at `begun`.

    A key without `created` was given by the installer, who also rotates it.
    """

    current: SigningKey
    created: datetime | None = None
    upcoming: SigningKey | None = None
    begun: datetime | None = None

    @property
    def public(self) -> tuple[PublicKey, ...]:
        """The public halves."""
        return tuple(each.public for each in (self.current, self.upcoming) if each)


def decide(
    keyring: Keyring | None,
    published: frozenset[str],
    *,
    rotation: timedelta,
    ahead: timedelta,
    now: datetime,
) -> Action:
    """Return the next action; `published` are the ids of the public keys in the ConfigMap.

    A key signs only when its id is published: PROMOTE follows PUBLISH, and nothing precedes PUBLISH.
    """
    if keyring is None:
        return Action.CREATE
    if any(key.id not in published for key in keyring.public):
        return Action.PUBLISH
    if keyring.created is None:
        return Action.NONE
    if keyring.upcoming is None:
        return Action.BEGIN if now - keyring.created >= rotation else Action.NONE
    begun = keyring.begun or now
    # A clock that was set back must not keep a key for ever.
    return Action.PROMOTE if not begun <= now < begun + ahead else Action.NONE


def apply(action: Action, keyring: Keyring | None, now: datetime) -> Keyring:
    """Return the keyring that an action leaves in the Secret."""
    if keyring is None:
        return Keyring(SigningKey.generate(), created=now)
    if action is Action.BEGIN:
        return replace(keyring, upcoming=SigningKey.generate(), begun=now)
    if action is Action.PROMOTE and keyring.upcoming:
        return Keyring(keyring.upcoming, created=now)
    raise ValueError(f"{action} does not change the keyring")


def encode(keyring: Keyring) -> dict[str, bytes]:
    """Encode a keyring as the data of a Secret."""
    data = {CURRENT: _pem(keyring.current)}
    if keyring.upcoming:
        data[UPCOMING] = _pem(keyring.upcoming)
    times = {CREATED: keyring.created, BEGUN: keyring.begun}
    return data | {name: time.isoformat().encode() for name, time in times.items() if time}


def decode(data: Mapping[str, bytes]) -> Keyring:
    """Parse the data of a Secret. Raises KeyringError, whose message never contains a key."""
    current = _private(data, CURRENT)
    if current is None:
        raise KeyringError(f"{CURRENT} is missing: expected an Ed25519 private key (PEM)")
    return Keyring(current, _time(data, CREATED), _private(data, UPCOMING), _time(data, BEGUN))


def _pem(key: SigningKey) -> bytes:
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _private(data: Mapping[str, bytes], name: str) -> SigningKey | None:
    if not data.get(name):
        return None
    try:
        private = load_pem_private_key(data[name], None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyringError(f"{name} is not an Ed25519 private key (PEM, without a password)")
    return SigningKey(private)


def _time(data: Mapping[str, bytes], name: str) -> datetime | None:
    if name not in data:
        return None
    try:
        return datetime.fromisoformat(data[name].decode()).astimezone(UTC)
    except (ValueError, UnicodeDecodeError):
        raise KeyringError(f"{name} is not a time") from None
