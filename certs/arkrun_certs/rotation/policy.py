"""The next action for the certificates in the Secret, decided from an observation and the time.

A rotation of the CA runs BEGIN -> INJECT -> PUBLISH -> PROMOTE -> DROP -> INJECT: every client trusts the
new CA before it signs the served leaf, and the old CA until every leaf that it signed has expired.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from arkrun_certs.pki.x509 import Certificate, is_valid, missing_names, name_of
from arkrun_certs.rotation.decision import Action, Decision
from arkrun_certs.rotation.state import RETIRED_LIMIT, State
from arkrun_certs.settings import CertificateSettings

__all__ = ["Observation", "Served", "decide", "should_serve"]


@dataclass(frozen=True, slots=True)
class Served:
    """The leaf that this process serves and the CA that signed it."""

    leaf: Certificate
    issuer: Certificate


@dataclass(frozen=True, slots=True)
class Observation:
    """The input of a decision.

    `state` is the content of the Secret, or None with a `problem`; `last_known` is the last valid state that
    this process has read. `out_of_sync` names the configurations whose caBundle differs from the bundle of
    `state`, `distrusting` those that lack one of its CAs, and `unreadable` says why the configurations
    could not be read. `published_for` is how long this process has seen the current `state.published`,
    measured with a monotonic clock: a wall clock that jumps would end the wait too early.
    """

    state: State | None
    problem: str = ""
    last_known: State | None = None
    served: Served | None = None
    out_of_sync: tuple[str, ...] = ()
    distrusting: tuple[str, ...] = ()
    unreadable: str = ""
    published_for: timedelta = timedelta()


def decide(observation: Observation, settings: CertificateSettings, now: datetime) -> Decision:
    """Return the next action; after it, observe and decide again."""
    state = observation.state
    if state is None:
        return _restore_or_create(observation, observation.problem, now)
    return (
        _replace_invalid_authority(state, observation, now)
        or _retain_served_authority(state, observation.served, now)
        or _renew_leaf(state, settings, now)
        or _limit_retired(state)
        or _begin_rotation(state, settings, now)
        or _publish_bundle(state, observation)
        or _promote_upcoming(state, observation.published_for, settings.settle, now)
        or _drop_expired(state, now)
        or Decision(Action.NONE, "everything is in place", _next_due(state, settings))
    )


def should_serve(observation: Observation, settings: CertificateSettings, now: datetime) -> Decision:
    """Return SERVE if this process should load the leaf of the Secret, otherwise WAIT or NONE."""
    state, served = observation.state, observation.served
    if state is None:
        return Decision(Action.WAIT, observation.problem)
    if served and served.leaf == state.pair.leaf:
        return Decision(Action.NONE, "the Secret's leaf is served")
    if served is None or not _is_usable(served, now):
        return Decision(Action.SERVE, "no other valid leaf is loaded")
    if problem := _leaf_problem(state.pair.leaf, settings, now):
        return Decision(Action.WAIT, f"the Secret's leaf must be renewed first: {problem}")
    if served.issuer == state.authority.certificate:
        return Decision(Action.SERVE, "the same CA signed a newer leaf")
    return _serve_new_authority(observation, settings.settle, now)


def _serve_new_authority(observation: Observation, settle: timedelta, now: datetime) -> Decision:
    if observation.distrusting or observation.state is None or observation.state.published is None:
        return Decision(Action.WAIT, "its CA is not trusted everywhere yet")
    remaining = settle - observation.published_for
    if remaining > timedelta():
        return Decision(Action.WAIT, "its CA is trusted everywhere, settling", now + remaining)
    return Decision(Action.SERVE, "its CA is trusted everywhere")


def _restore_or_create(observation: Observation, problem: str, now: datetime) -> Decision:
    last_known = observation.last_known
    if last_known and is_valid(last_known.authority.certificate, now):
        return Decision(Action.RESTORE, f"{problem}: restoring the last known state and rotating the CA")
    return Decision(Action.CREATE, f"{problem}: creating a CA")


def _replace_invalid_authority(state: State, observation: Observation, now: datetime) -> Decision | None:
    signing = state.authority.certificate
    if is_valid(signing, now):
        return None
    problem = f"the CA {name_of(signing)} is not valid now ({_validity_limit(signing, now)})"
    if state.upcoming and is_valid(state.upcoming.certificate, now):
        return Decision(Action.PROMOTE, f"{problem}: promoting the upcoming CA at once")
    if observation.last_known and observation.last_known.authority == state.authority:
        return Decision(Action.CREATE, f"{problem}: creating a CA")
    return _restore_or_create(observation, problem, now)


def _retain_served_authority(state: State, served: Served | None, now: datetime) -> Decision | None:
    """Return RETAIN if another writer replaced the Secret with one that does not trust the served leaf."""
    if served is None or served.issuer in state.trusted or not _is_usable(served, now):
        return None
    return Decision(
        Action.RETAIN, f"the Secret lacks {name_of(served.issuer)}, which signed the leaf that is served"
    )


def _renew_leaf(state: State, settings: CertificateSettings, now: datetime) -> Decision | None:
    leaf, signing = state.pair.leaf, state.authority.certificate
    if problem := _leaf_problem(leaf, settings, now):
        return Decision(Action.RENEW, problem)
    new_expiry = min(now + settings.leaf_validity, signing.not_valid_after_utc)
    if now >= _leaf_due(state, settings) and new_expiry > leaf.not_valid_after_utc:
        return Decision(Action.RENEW, f"the leaf ends {_format_time(leaf.not_valid_after_utc)}")
    return None


def _limit_retired(state: State) -> Decision | None:
    """Drop surplus CAs before anything is injected: the API server refuses a bundle that is too large."""
    if len(state.retired) <= RETIRED_LIMIT:
        return None
    return Decision(Action.DROP, f"at most {RETIRED_LIMIT} retired CAs are trusted at a time")


def _begin_rotation(state: State, settings: CertificateSettings, now: datetime) -> Decision | None:
    upcoming = state.upcoming
    if upcoming and not is_valid(upcoming.certificate, now):
        return Decision(Action.BEGIN, "the upcoming CA is not valid now")
    if upcoming is None and now >= _authority_due(state, settings):
        expiry = state.authority.certificate.not_valid_after_utc
        return Decision(Action.BEGIN, f"the CA ends {_format_time(expiry)}")
    return None


def _publish_bundle(state: State, observation: Observation) -> Decision | None:
    if observation.unreadable:
        return Decision(Action.WAIT, observation.unreadable)
    # The wait for the new CA starts again; outside a rotation there is nothing to wait for.
    if observation.distrusting and state.published and state.upcoming:
        names = ", ".join(observation.distrusting)
        return Decision(Action.WITHDRAW, f"{names} lost a CA of the bundle")
    if observation.out_of_sync:
        return Decision(Action.INJECT, f"{', '.join(observation.out_of_sync)} has another bundle")
    if state.published is None:
        return Decision(Action.PUBLISH, "every configuration trusts the whole bundle")
    return None


def _promote_upcoming(
    state: State, published_for: timedelta, settle: timedelta, now: datetime
) -> Decision | None:
    if state.upcoming is None:
        return None
    if published_for >= settle:
        return Decision(Action.PROMOTE, "the new CA has been trusted everywhere for long enough")
    due = now + settle - published_for
    return Decision(Action.WAIT, "the new CA is trusted everywhere, settling", due)


def _drop_expired(state: State, now: datetime) -> Decision | None:
    expired = [each for each in state.retired if not each.is_needed(now)]
    if not expired:
        return None
    names = ", ".join(name_of(each.certificate) for each in expired)
    return Decision(Action.DROP, f"every leaf of {names} has expired")


def _is_usable(served: Served, now: datetime) -> bool:
    return is_valid(served.leaf, now) and is_valid(served.issuer, now)


def _leaf_problem(leaf: Certificate, settings: CertificateSettings, now: datetime) -> str:
    """Return why clients would refuse this leaf; servers that share a Secret may have different names."""
    if not is_valid(leaf, now):
        return f"the leaf is not valid now ({_validity_limit(leaf, now)})"
    missing = missing_names(leaf, settings.dns_names, settings.ip_addresses)
    return f"the leaf does not name {', '.join(missing)}" if missing else ""


def _leaf_due(state: State, settings: CertificateSettings) -> datetime:
    return state.pair.leaf.not_valid_after_utc - settings.leaf_validity * (1 - settings.renew_at)


def _authority_due(state: State, settings: CertificateSettings) -> datetime:
    return state.authority.certificate.not_valid_after_utc - settings.ca_validity * (1 - settings.renew_at)


def _next_due(state: State, settings: CertificateSettings) -> datetime:
    retired = (each.until for each in state.retired)
    return min(_leaf_due(state, settings), _authority_due(state, settings), *retired)


def _validity_limit(certificate: Certificate, now: datetime) -> str:
    if now < certificate.not_valid_before_utc:
        return f"it begins {_format_time(certificate.not_valid_before_utc)}"
    return f"it ends {_format_time(certificate.not_valid_after_utc)}"


def _format_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
