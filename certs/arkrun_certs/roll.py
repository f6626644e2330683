"""What each action makes of a state: from one consistent Secret to the next, without I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from arkrun_certs import x509
from arkrun_certs.decision import RETIRED_LIMIT, Action, Served
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.state import Retired, State
from arkrun_certs.x509 import Authority, Certificate, Pair

__all__ = ["begin", "create", "restore", "retain", "turn"]


def create(settings: CertificateSettings, now: datetime, trusted: Iterable[Certificate] = ()) -> State:
    """Start anew; CAs that clients trust by now stay in the bundle while their leaves may live.

    Other replicas may serve such a leaf until they see the new Secret.
    """
    authority = _authority(settings, now)
    pair = _pair(authority, settings, now)
    until = now + settings.leaf_validity
    retired = tuple(
        Retired(each, min(until, each.not_valid_after_utc)) for each in trusted if x509.alive(each, now)
    )
    return State(
        authority=authority,
        pair=pair,
        last_leaf=pair.leaf.not_valid_after_utc,
        rotated=now,
        retired=retired[:RETIRED_LIMIT],
    )


def restore(kept: State, settings: CertificateSettings, now: datetime) -> State:
    """Bring back what was lost, and roll: whoever deletes or spoils the Secret wants new keys."""
    return begin(kept, settings, now)


def begin(state: State, settings: CertificateSettings, now: datetime) -> State:
    """Add a CA to come to the bundle; it signs nothing yet."""
    return replace(state, upcoming=_authority(settings, now), published=None)


def retain(state: State, served: Served) -> State:
    """Trust the CA of a leaf that is being served until that leaf has expired."""
    kept = Retired(served.issuer, served.leaf.not_valid_after_utc)
    return replace(state, retired=(kept, *state.retired), published=None)


def turn(state: State, action: Action, settings: CertificateSettings, now: datetime) -> State:
    """Take the actions that need nothing but the state itself."""
    match action:
        case Action.BEGIN:
            return begin(state, settings, now)
        case Action.RENEW:
            return _renew(state, settings, now)
        case Action.PUBLISH:
            return replace(state, published=now)
        case Action.WITHDRAW:
            return replace(state, published=None)
        case Action.PROMOTE:
            return _promote(state, settings, now)
        case Action.DROP:
            return _drop(state, now)
    raise ValueError(f"{action} needs more than the state")


def _renew(state: State, settings: CertificateSettings, now: datetime) -> State:
    lacking = x509.names_missing(state.pair.leaf, settings.dns_names, settings.ip_addresses)
    named = _named_too(settings, state.pair.leaf) if lacking else settings
    pair = _pair(state.authority, named, _latest(state, now))
    return replace(state, pair=pair, last_leaf=max(state.last_leaf, pair.leaf.not_valid_after_utc))


def _promote(state: State, settings: CertificateSettings, now: datetime) -> State:
    if state.upcoming is None:
        raise ValueError("there is no CA to come")
    pair = _pair(state.upcoming, _named_too(settings, state.pair.leaf), _latest(state, now))
    old = Retired(state.authority.certificate, state.last_leaf)
    return replace(
        state,
        authority=state.upcoming,
        pair=pair,
        last_leaf=pair.leaf.not_valid_after_utc,
        rotated=now,
        upcoming=None,
        retired=(old, *state.retired),
    )


def _drop(state: State, now: datetime) -> State:
    alive = [each for each in state.retired if each.until > now and x509.alive(each.certificate, now)]
    return replace(state, retired=tuple(alive[:RETIRED_LIMIT]))


def _named_too(settings: CertificateSettings, leaf: Certificate) -> CertificateSettings:
    """Add the names of `leaf`: servers that are being replaced by others with new names need theirs too."""
    dns, addresses = x509.names_in(leaf)
    names = {
        "dns_names": tuple(dict.fromkeys((*settings.dns_names, *dns))),
        "ip_addresses": tuple(dict.fromkeys((*settings.ip_addresses, *addresses))),
    }
    return settings.model_copy(update=names)


def _latest(state: State, now: datetime) -> datetime:
    """Take the latest moment that anybody has noted, within reason.

    A process whose clock is behind would sign a leaf that is over by everybody else's.
    """
    noted = [state.rotated, state.published or now]
    if state.upcoming:
        noted.append(state.upcoming.certificate.not_valid_before_utc + x509.BACKDATE)
    return min(max(now, *noted), now + x509.BACKDATE)


def _authority(settings: CertificateSettings, now: datetime) -> Authority:
    return x509.make_authority(settings.secret, settings.ca_validity, now)


def _pair(authority: Authority, settings: CertificateSettings, now: datetime) -> Pair:
    return x509.issue_pair(authority, settings.dns_names, settings.ip_addresses, settings.leaf_validity, now)
