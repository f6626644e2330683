"""The state in the Secret after each action."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from arkrun_certs.pki import x509
from arkrun_certs.pki.x509 import Authority, Certificate, Pair
from arkrun_certs.rotation.decision import Action
from arkrun_certs.rotation.policy import Served
from arkrun_certs.rotation.state import RETIRED_LIMIT, Retired, State
from arkrun_certs.settings import CertificateSettings

__all__ = ["apply", "begin", "create", "retain"]


def create(settings: CertificateSettings, now: datetime, trusted: Iterable[Certificate] = ()) -> State:
    """Return a state with a new CA that also trusts the CAs that clients trust now.

    Other replicas may serve leaves of those CAs until they read the new Secret.
    """
    authority = _new_authority(settings, now)
    pair = _issue(authority, settings, now)
    until = now + settings.leaf_validity
    retired = tuple(
        Retired(each, min(until, each.not_valid_after_utc)) for each in trusted if x509.is_valid(each, now)
    )
    return State(
        authority=authority,
        pair=pair,
        last_expiry=pair.leaf.not_valid_after_utc,
        rotated=now,
        retired=retired[:RETIRED_LIMIT],
    )


def begin(state: State, settings: CertificateSettings, now: datetime) -> State:
    """Add an upcoming CA to the bundle; it does not sign yet."""
    return replace(state, upcoming=_new_authority(settings, now), published=None)


def retain(state: State, served: Served) -> State:
    """Trust the CA of a served leaf until that leaf expires."""
    retained = Retired(served.issuer, served.leaf.not_valid_after_utc)
    return replace(state, retired=(retained, *state.retired), published=None)


def apply(state: State, action: Action, settings: CertificateSettings, now: datetime) -> State:
    """Return the state after an action that depends on the state alone."""
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
    raise ValueError(f"{action} depends on more than the state")


def _renew(state: State, settings: CertificateSettings, now: datetime) -> State:
    missing = x509.missing_names(state.pair.leaf, settings.dns_names, settings.ip_addresses)
    named = _with_names_of(state.pair.leaf, settings) if missing else settings
    pair = _issue(state.authority, named, _latest_known_time(state, now))
    return replace(state, pair=pair, last_expiry=max(state.last_expiry, pair.leaf.not_valid_after_utc))


def _promote(state: State, settings: CertificateSettings, now: datetime) -> State:
    if state.upcoming is None:
        raise ValueError("there is no upcoming CA")
    pair = _issue(state.upcoming, _with_names_of(state.pair.leaf, settings), _latest_known_time(state, now))
    old = Retired(state.authority.certificate, state.last_expiry)
    return replace(
        state,
        authority=state.upcoming,
        pair=pair,
        last_expiry=pair.leaf.not_valid_after_utc,
        rotated=now,
        upcoming=None,
        retired=(old, *state.retired),
    )


def _drop(state: State, now: datetime) -> State:
    needed = tuple(each for each in state.retired if each.is_needed(now))
    return replace(state, retired=needed[:RETIRED_LIMIT])


def _with_names_of(leaf: Certificate, settings: CertificateSettings) -> CertificateSettings:
    """Add the names of `leaf`: during a rollout that renames the server, old and new replicas share it."""
    dns, addresses = x509.names_in(leaf)
    names = {
        "dns_names": tuple(dict.fromkeys((*settings.dns_names, *dns))),
        "ip_addresses": tuple(dict.fromkeys((*settings.ip_addresses, *addresses))),
    }
    return settings.model_copy(update=names)


def _latest_known_time(state: State, now: datetime) -> datetime:
    """Return the latest time recorded in the state, at most BACKDATE ahead of `now`.

    A process whose clock is behind would otherwise sign a leaf that has already expired for others.
    """
    recorded = [state.rotated, state.published or now]
    if state.upcoming:
        recorded.append(state.upcoming.certificate.not_valid_before_utc + x509.BACKDATE)
    return min(max(now, *recorded), now + x509.BACKDATE)


def _new_authority(settings: CertificateSettings, now: datetime) -> Authority:
    return x509.make_authority(settings.secret, settings.ca_validity, now)


def _issue(authority: Authority, settings: CertificateSettings, now: datetime) -> Pair:
    return x509.issue_pair(authority, settings.dns_names, settings.ip_addresses, settings.leaf_validity, now)
