"""Serving certificates as files: tls.crt, tls.key and ca.crt, the layout of kubernetes.io/tls Secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki import x509
from arkrun_certs.pki.x509 import Certificate, Pair

__all__ = [
    "BUNDLE",
    "LEAF",
    "LEAF_KEY",
    "TrustedPair",
    "chains_to",
    "load_entry",
    "parse_files",
    "read_directory",
]

LEAF, LEAF_KEY, BUNDLE = "tls.crt", "tls.key", "ca.crt"


@dataclass(frozen=True, slots=True)
class TrustedPair:
    """A serving pair and the CAs that clients should trust for it, which are empty without ca.crt."""

    pair: Pair
    trusted: tuple[Certificate, ...]


def read_directory(directory: Path) -> TrustedPair:
    """Read the files of a mounted Secret. Raises MaterialError if one is missing, invalid or mismatched."""
    # kubelet replaces the link ..data atomically; resolving it once reads all files from one version.
    version = directory / "..data"
    root = (version if version.exists() else directory).resolve()
    names = (LEAF, LEAF_KEY, BUNDLE) if (root / BUNDLE).exists() else (LEAF, LEAF_KEY)
    try:
        return parse_files({name: (root / name).read_bytes() for name in names})
    except (OSError, MaterialError) as error:
        raise MaterialError(f"{directory}: {error}") from None


def parse_files(data: Mapping[str, bytes]) -> TrustedPair:
    """Parse the contents of the files, or the data of a Secret, by name. Raises MaterialError."""
    pair = Pair(load_entry(LEAF, data), data.get(LEAF_KEY, b""))
    trusted = load_entry(BUNDLE, data)
    if trusted and not chains_to(pair, trusted):
        raise MaterialError(f"{LEAF} was signed by none of the certificates in {BUNDLE}")
    return TrustedPair(pair, trusted)


def load_entry(key: str, data: Mapping[str, bytes]) -> tuple[Certificate, ...]:
    """Parse the certificates under `key`, which may be missing. Raises MaterialError."""
    try:
        return x509.load_certificates(data.get(key, b""))
    except MaterialError as error:
        raise MaterialError(f"{key}: {error}") from None


def chains_to(pair: Pair, trusted: tuple[Certificate, ...]) -> bool:
    """Return True if the chain ends with one of `trusted` or with a certificate that one of them signed."""
    last = pair.chain[-1]
    return last in trusted or any(x509.is_issued_by(last, each) for each in trusted)
