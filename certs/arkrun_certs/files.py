"""tls.crt, tls.key and ca.crt in a directory, as kubelet mounts a Secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arkrun_certs import x509
from arkrun_certs.errors import MaterialError
from arkrun_certs.state import BUNDLE, LEAF, LEAF_KEY, load_named
from arkrun_certs.x509 import Certificate, Pair

__all__ = ["Mounted", "mounted_in", "read_directory", "verifies"]


@dataclass(frozen=True, slots=True)
class Mounted:
    """A pair and the CAs that clients shall trust for it; none when there is no ca.crt."""

    pair: Pair
    trusted: tuple[Certificate, ...]


def read_directory(directory: Path) -> Mounted:
    """Read one generation of the files. Raises MaterialError for what is missing, torn or unfitting."""
    # kubelet swaps the link ..data; resolved once, all files are of one generation.
    generation = directory / "..data"
    root = (generation if generation.exists() else directory).resolve()
    names = (LEAF, LEAF_KEY, BUNDLE) if (root / BUNDLE).exists() else (LEAF, LEAF_KEY)
    try:
        return mounted_in({name: (root / name).read_bytes() for name in names})
    except (OSError, MaterialError) as error:
        raise MaterialError(f"{directory}: {error}") from None


def mounted_in(data: Mapping[str, bytes]) -> Mounted:
    """Find the pair and its CAs in files, or in the data of a Secret, by name. Raises MaterialError."""
    pair = Pair(load_named(LEAF, data), data.get(LEAF_KEY, b""))
    trusted = load_named(BUNDLE, data)
    if trusted and not verifies(pair, trusted):
        raise MaterialError(f"{LEAF} was signed by none of the certificates in {BUNDLE}")
    return Mounted(pair, trusted)


def verifies(pair: Pair, trusted: tuple[Certificate, ...]) -> bool:
    """Whether the end of the chain is one of `trusted`, or was signed by one."""
    last = pair.chain[-1]
    return last in trusted or any(x509.issued_by(last, each) for each in trusted)
