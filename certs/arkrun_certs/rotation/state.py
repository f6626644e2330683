"""The certificates in the Secret: the signing CA, the served pair, and all CAs that clients trust."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki import x509
from arkrun_certs.pki.files import BUNDLE, LEAF, LEAF_KEY, load_entry
from arkrun_certs.pki.x509 import Authority, Certificate, Pair

__all__ = ["CA_KEY", "RETIRED_LIMIT", "Retired", "State", "decode", "encode"]

CA_KEY, NEXT_CA_KEY, METADATA = "ca.key", "next-ca.key", "state.json"

# Keeps the bundle within the size limit of a Secret, however often the CA is rotated.
RETIRED_LIMIT = 16


@dataclass(frozen=True, slots=True)
class Retired:
    """A CA that no longer signs but is trusted `until` the last leaf that it signed has expired."""

    certificate: Certificate
    until: datetime

    def is_needed(self, now: datetime) -> bool:
        """Return True if a valid leaf may still depend on this CA."""
        return self.until > now and x509.is_valid(self.certificate, now)


@dataclass(frozen=True, slots=True)
class State:
    """A consistent set of CAs and a serving pair.

    `last_expiry` is the latest expiry of all leaves that `authority` signed. `published` is when the whole
    `bundle` was first seen in every configuration, or None; `rotated` is when `authority` began to sign.
    """

    authority: Authority
    pair: Pair
    last_expiry: datetime
    rotated: datetime
    upcoming: Authority | None = None
    retired: tuple[Retired, ...] = ()
    published: datetime | None = None

    @property
    def trusted(self) -> tuple[Certificate, ...]:
        """Return all CAs that clients should trust, the signing CA first."""
        upcoming = (self.upcoming.certificate,) if self.upcoming else ()
        return (self.authority.certificate, *upcoming, *(each.certificate for each in self.retired))

    @property
    def bundle(self) -> bytes:
        """Return `trusted` as PEM, the content of caBundle."""
        return x509.to_pem(self.trusted)


def encode(state: State) -> dict[str, bytes]:
    """Encode a state as the data of a Secret: the keys of kubernetes.io/tls and our own."""
    metadata = {
        "lastLeaf": state.last_expiry.isoformat(),
        "published": state.published.isoformat() if state.published else None,
        "retired": {x509.fingerprint(each.certificate): each.until.isoformat() for each in state.retired},
        "rotated": state.rotated.isoformat(),
    }
    data = {
        LEAF: state.pair.pem,
        LEAF_KEY: state.pair.key,
        BUNDLE: state.bundle,
        CA_KEY: state.authority.key,
        METADATA: json.dumps(metadata, sort_keys=True).encode(),
    }
    if state.upcoming:
        data[NEXT_CA_KEY] = state.upcoming.key
    return data


def decode(data: Mapping[str, bytes]) -> State:
    """Parse what `encode` wrote. Raises MaterialError if anything is missing, damaged or mismatched."""
    missing = [key for key in (LEAF, LEAF_KEY, BUNDLE, CA_KEY, METADATA) if not data.get(key)]
    if missing:
        raise MaterialError(f"{', '.join(missing)} is missing or empty")
    metadata = _parse_metadata(data[METADATA])
    signing, *others = load_entry(BUNDLE, data) or (None,)
    if signing is None:
        raise MaterialError(f"{BUNDLE} holds no certificate")
    authority = Authority(signing, data[CA_KEY])
    upcoming = _find_upcoming(others, data)
    pair = _signed_pair(authority, data)
    return State(
        authority=authority,
        pair=pair,
        last_expiry=max(metadata["lastLeaf"], pair.leaf.not_valid_after_utc),
        rotated=metadata["rotated"],
        upcoming=upcoming,
        retired=tuple(
            # A CA that was added by hand is trusted no longer than the leaves of the signing CA.
            Retired(each, metadata["retired"].get(x509.fingerprint(each), metadata["lastLeaf"]))
            for each in others
            if upcoming is None or each != upcoming.certificate
        ),
        published=metadata["published"],
    )


def _signed_pair(authority: Authority, data: Mapping[str, bytes]) -> Pair:
    pair = Pair(load_entry(LEAF, data), data[LEAF_KEY])
    for name, key in ((LEAF_KEY, pair.key), (CA_KEY, authority.key)):
        if not x509.is_elliptic(key):
            raise MaterialError(f"{name} is not an elliptic-curve key")
    if not x509.is_issued_by(pair.leaf, authority.certificate):
        raise MaterialError(f"{LEAF} was not signed by the first certificate of {BUNDLE}")
    return pair


def _find_upcoming(others: list[Certificate], data: Mapping[str, bytes]) -> Authority | None:
    key = data.get(NEXT_CA_KEY)
    if not key:
        return None
    public = x509.load_key(key).public_key()
    for each in others:
        if each.public_key() == public:
            return Authority(each, key)
    raise MaterialError(f"{NEXT_CA_KEY} belongs to no certificate of {BUNDLE}")


def _parse_metadata(text: bytes) -> dict[str, Any]:
    try:
        metadata = json.loads(text)
        return {
            "lastLeaf": _parse_time(metadata["lastLeaf"]),
            "published": _parse_time(metadata["published"]) if metadata["published"] else None,
            "retired": {digest: _parse_time(until) for digest, until in metadata["retired"].items()},
            "rotated": _parse_time(metadata["rotated"]),
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MaterialError(f"{METADATA} is invalid: {error}") from None


def _parse_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f'"{text}" has no time zone')
    return moment
