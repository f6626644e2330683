"""What the Secret says: which CA signs, what is served, which CAs are trusted besides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arkrun_certs import x509
from arkrun_certs.errors import MaterialError
from arkrun_certs.x509 import Authority, Certificate, Pair

__all__ = ["BUNDLE", "CA_KEY", "LEAF", "LEAF_KEY", "Retired", "State", "decode", "encode", "load_named"]

LEAF, LEAF_KEY, BUNDLE = "tls.crt", "tls.key", "ca.crt"
CA_KEY, NEXT_CA_KEY, NOTES = "ca.key", "next-ca.key", "state.json"


@dataclass(frozen=True, slots=True)
class Retired:
    """A CA that signs no more but is trusted `until` the last leaf that it signed has expired."""

    certificate: Certificate
    until: datetime


@dataclass(frozen=True, slots=True)
class State:
    """One consistent set of material.

    `last_leaf` is the latest expiry of all leaves that `authority` signed. `published` is the moment
    when the whole `bundle` was first seen in every configuration, None until then; `rotated` the
    moment when `authority` began to sign.
    """

    authority: Authority
    pair: Pair
    last_leaf: datetime
    rotated: datetime
    upcoming: Authority | None = None
    retired: tuple[Retired, ...] = ()
    published: datetime | None = None

    @property
    def trusted(self) -> tuple[Certificate, ...]:
        """Every CA that clients shall trust, the signing one first."""
        upcoming = (self.upcoming.certificate,) if self.upcoming else ()
        return (self.authority.certificate, *upcoming, *(each.certificate for each in self.retired))

    @property
    def bundle(self) -> bytes:
        """`trusted` as the PEM text of a caBundle."""
        return x509.to_pem(self.trusted)


def encode(state: State) -> dict[str, bytes]:
    """Lay a state out as the data of a Secret, in the keys of kubernetes.io/tls and three more."""
    notes = {
        "lastLeaf": state.last_leaf.isoformat(),
        "published": state.published.isoformat() if state.published else None,
        "retired": {x509.fingerprint(each.certificate): each.until.isoformat() for each in state.retired},
        "rotated": state.rotated.isoformat(),
    }
    data = {
        LEAF: state.pair.pem,
        LEAF_KEY: state.pair.key,
        BUNDLE: state.bundle,
        CA_KEY: state.authority.key,
        NOTES: json.dumps(notes, sort_keys=True).encode(),
    }
    if state.upcoming:
        data[NEXT_CA_KEY] = state.upcoming.key
    return data


def decode(data: Mapping[str, bytes]) -> State:
    """Read what `encode` wrote; MaterialError when anything is missing, torn or does not belong."""
    missing = [key for key in (LEAF, LEAF_KEY, BUNDLE, CA_KEY, NOTES) if not data.get(key)]
    if missing:
        raise MaterialError(f"{', '.join(missing)} is missing or empty")
    notes = _notes(data[NOTES])
    signing, *others = load_named(BUNDLE, data) or (None,)
    if signing is None:
        raise MaterialError(f"{BUNDLE} holds no certificate")
    authority = Authority(signing, data[CA_KEY])
    upcoming = _upcoming(others, data)
    pair = Pair(load_named(LEAF, data), data[LEAF_KEY])
    for name, key in ((LEAF_KEY, pair.key), (CA_KEY, authority.key)):
        if not x509.is_elliptic(key):
            raise MaterialError(f"{name} is not an elliptic-curve key, as every key made here is")
    if not x509.issued_by(pair.leaf, signing):
        raise MaterialError(f"{LEAF} was not signed by the first certificate of {BUNDLE}")
    until = notes["retired"]
    retired = tuple(
        # Somebody added a CA by hand: trust it no longer than what it may have signed before.
        Retired(each, until.get(x509.fingerprint(each), notes["lastLeaf"]))
        for each in others
        if upcoming is None or each != upcoming.certificate
    )
    return State(
        authority=authority,
        pair=pair,
        last_leaf=max(notes["lastLeaf"], pair.leaf.not_valid_after_utc),
        rotated=notes["rotated"],
        upcoming=upcoming,
        retired=retired,
        published=notes["published"],
    )


def load_named(key: str, data: Mapping[str, bytes]) -> tuple[Certificate, ...]:
    """Read the certificates of one key, none where there is none; a MaterialError names the key."""
    try:
        return x509.load_certificates(data.get(key, b""))
    except MaterialError as error:
        raise MaterialError(f"{key}: {error}") from None


def _upcoming(others: list[Certificate], data: Mapping[str, bytes]) -> Authority | None:
    key = data.get(NEXT_CA_KEY)
    if not key:
        return None
    public = x509.load_key(key).public_key()
    for each in others:
        if each.public_key() == public:
            return Authority(each, key)
    raise MaterialError(f"{NEXT_CA_KEY} belongs to no certificate of {BUNDLE}")


def _notes(text: bytes) -> dict[str, Any]:
    try:
        notes = json.loads(text)
        return {
            "lastLeaf": _moment(notes["lastLeaf"]),
            "published": _moment(notes["published"]) if notes["published"] else None,
            "retired": {print_: _moment(until) for print_, until in notes["retired"].items()},
            "rotated": _moment(notes["rotated"]),
        }
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MaterialError(f"{NOTES} is not what this package writes: {error}") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f'"{text}" has no time zone')
    return moment
