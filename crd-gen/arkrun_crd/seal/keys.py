"""Ed25519 keys: their identifiers, and public keys as PEM texts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["KEY_FILE_SUFFIX", "KeyFormatError", "PublicKey", "public_keys"]

KEY_FILE_SUFFIX = ".pem"
"""The ConfigMap holds each public key as `<key id>.pem`."""

_ID_LENGTH = 16
_KEY_LENGTH = 32
# SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this prefix and the key.
_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----")


class KeyFormatError(ValueError):
    """A text contains no Ed25519 public key."""


@dataclass(frozen=True)
class PublicKey:
    """A public key by its 32 bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes."""
        return hashlib.sha256(self.raw).hexdigest()[:_ID_LENGTH]

    @property
    def pem(self) -> str:
        """The key as `openssl pkey -pubout` writes it."""
        text = base64.b64encode(_DER_PREFIX + self.raw).decode()
        return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Return True if this key's private half made the signature."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - `ark --help` is fast

        try:
            self._loaded.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _loaded(self) -> Ed25519PublicKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

        return Ed25519PublicKey.from_public_bytes(self.raw)


def public_keys(texts: Iterable[str]) -> dict[str, PublicKey]:
    """Return all public keys of PEM texts by their id. Raises KeyFormatError if a text has none."""
    found: dict[str, PublicKey] = {}
    for text in texts:
        keys = [_parse(block) for block in _PEM.findall(text)]
        if not keys:
            raise KeyFormatError("expected an Ed25519 public key (-----BEGIN PUBLIC KEY-----)")
        found |= {key.id: key for key in keys}
    return found


def _parse(block: str) -> PublicKey:
    try:
        der = base64.b64decode("".join(block.split()), validate=True)
    except binascii.Error:
        raise KeyFormatError("a public key is not valid base64") from None
    if not der.startswith(_DER_PREFIX) or len(der) != len(_DER_PREFIX) + _KEY_LENGTH:
        raise KeyFormatError("a public key is not an Ed25519 key")
    return PublicKey(der.removeprefix(_DER_PREFIX))
