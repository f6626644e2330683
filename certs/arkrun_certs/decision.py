"""What to do next with the Secret: one pure function, (sight, now) -> (action, reason).

A roll of the CA goes BEGIN -> INJECT -> PUBLISH -> PROMOTE -> DROP -> INJECT: the new CA is trusted
everywhere before it signs what is served, and the old one until nothing that it signed can be alive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from arkrun_certs.settings import CertificateSettings
from arkrun_certs.state import State
from arkrun_certs.x509 import Certificate, alive, name_of, names_missing

__all__ = ["RESTING", "RETIRED_LIMIT", "Action", "Decision", "Served", "Sight", "decide", "should_serve"]

# Rolled again and again, the bundle would outgrow what a Secret and etcd take. Whoever still serves a
# leaf of the oldest CA has missed as many rolls.
RETIRED_LIMIT = 16


class Action(StrEnum):
    """A step to take; WAIT and NONE are the two ways to rest."""

    CREATE = "create"
    RESTORE = "restore"
    RETAIN = "retain"
    RENEW = "renew"
    BEGIN = "begin"
    INJECT = "inject"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    PROMOTE = "promote"
    SERVE = "serve"
    DROP = "drop"
    WAIT = "wait"
    NONE = "none"


RESTING = (Action.WAIT, Action.NONE)


@dataclass(frozen=True, slots=True)
class Decision:
    """`due` is the moment when, without any event, the next decision could differ."""

    action: Action
    reason: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """The leaf that this process serves and the CA that signed it."""

    leaf: Certificate
    issuer: Certificate


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything that a decision looks at.

    `state` is what the Secret holds, None with a `problem` when that is unusable; `kept` is the last
    good state that this process has seen. `differing` names the configurations whose caBundle is not
    the one of `state`, `untrusting` those of them that lack one of its CAs; `blind` says why they
    cannot be read. `watched` is how long this process has seen the present `state.published`, by a
    timer: a wall clock that jumps would end the settling too early.
    """

    state: State | None
    problem: str = ""
    kept: State | None = None
    served: Served | None = None
    differing: tuple[str, ...] = ()
    untrusting: tuple[str, ...] = ()
    blind: str = ""
    watched: timedelta = timedelta()


def decide(sight: Sight, settings: CertificateSettings, now: datetime) -> Decision:
    """Choose the one next step; after it has been taken, look and ask again."""
    state = sight.state
    if state is None:
        return _without_state(sight, sight.problem, now)
    return (
        _dead_authority(state, sight, now)
        or _unknown_to_bundle(state, sight.served, now)
        or _leaf(state, settings, now)
        or _crowded(state)
        or _begin(state, settings, now)
        or _publish(state, sight)
        or _promote(state, sight.watched, settings.settle, now)
        or _retired(state, now)
        or Decision(Action.NONE, "everything is in place", _next_due(state, settings))
    )


def should_serve(sight: Sight, settings: CertificateSettings, now: datetime) -> Decision:
    """Decide whether this process loads the Secret's leaf: SERVE (load it), WAIT or NONE."""
    state, served = sight.state, sight.served
    if state is None:
        return Decision(Action.WAIT, sight.problem)
    if served and served.leaf == state.pair.leaf:
        return Decision(Action.NONE, "the Secret's leaf is served")
    if served is None or not alive(served.leaf, now) or not alive(served.issuer, now):
        return Decision(Action.SERVE, "nothing else can be served")
    if unfit := _unfit(state.pair.leaf, settings, now):
        return Decision(Action.WAIT, f"the Secret's leaf is to be renewed first: {unfit}")
    if served.issuer == state.authority.certificate:
        return Decision(Action.SERVE, "the same CA signed a newer leaf")
    return _of_new_authority(sight, settings.settle, now)


def _unfit(leaf: Certificate, settings: CertificateSettings, now: datetime) -> str:
    """Say why no client would take this leaf; servers that share a Secret may have different names."""
    if not alive(leaf, now):
        return f"the leaf is not valid now ({_life(leaf, now)})"
    missing = names_missing(leaf, settings.dns_names, settings.ip_addresses)
    return f"the leaf does not name {', '.join(missing)}" if missing else ""


def _of_new_authority(sight: Sight, settle: timedelta, now: datetime) -> Decision:
    if sight.untrusting or sight.state is None or sight.state.published is None:
        return Decision(Action.WAIT, "its CA is not trusted everywhere yet")
    if sight.watched < settle:
        return Decision(Action.WAIT, "its CA is trusted everywhere, settling", now + settle - sight.watched)
    return Decision(Action.SERVE, "its CA is trusted everywhere")


def _without_state(sight: Sight, problem: str, now: datetime) -> Decision:
    kept = sight.kept
    if kept and alive(kept.authority.certificate, now):
        return Decision(Action.RESTORE, f"{problem}: writing back the last good one, with a new CA to come")
    return Decision(Action.CREATE, f"{problem}: making a new CA")


def _dead_authority(state: State, sight: Sight, now: datetime) -> Decision | None:
    signing = state.authority.certificate
    if alive(signing, now):
        return None
    problem = f"the CA {name_of(signing)} is not valid now ({_life(signing, now)})"
    if state.upcoming and alive(state.upcoming.certificate, now):
        return Decision(Action.PROMOTE, f"{problem}: its successor signs at once")
    if sight.kept and sight.kept.authority == state.authority:
        return Decision(Action.CREATE, f"{problem}: making a new CA")
    return _without_state(sight, problem, now)


def _unknown_to_bundle(state: State, served: Served | None, now: datetime) -> Decision | None:
    """Keep what this very process serves trusted, whoever wrote the Secret meanwhile."""
    if served is None or served.issuer in state.trusted:
        return None
    if not alive(served.leaf, now) or not alive(served.issuer, now):
        return None
    return Decision(Action.RETAIN, f"the Secret forgot {name_of(served.issuer)}, whose leaf is still served")


def _leaf(state: State, settings: CertificateSettings, now: datetime) -> Decision | None:
    leaf, signing = state.pair.leaf, state.authority.certificate
    if unfit := _unfit(leaf, settings, now):
        return Decision(Action.RENEW, unfit)
    gain = min(now + settings.leaf_validity, signing.not_valid_after_utc) - leaf.not_valid_after_utc
    if now >= _leaf_due(state, settings) and gain > timedelta():
        return Decision(Action.RENEW, f"the leaf ends {_shown(leaf.not_valid_after_utc)}")
    return None


def _crowded(state: State) -> Decision | None:
    """Make room before anything is injected: a bundle that is too large would never get in."""
    if len(state.retired) <= RETIRED_LIMIT:
        return None
    return Decision(Action.DROP, f"no more than {RETIRED_LIMIT} older CAs are trusted at a time")


def _begin(state: State, settings: CertificateSettings, now: datetime) -> Decision | None:
    upcoming = state.upcoming
    if upcoming and not alive(upcoming.certificate, now):
        return Decision(Action.BEGIN, "the CA to come is not valid now")
    if upcoming is None and now >= _authority_due(state, settings):
        ends = state.authority.certificate.not_valid_after_utc
        return Decision(Action.BEGIN, f"the CA ends {_shown(ends)}")
    return None


def _publish(state: State, sight: Sight) -> Decision | None:
    if sight.blind:
        return Decision(Action.WAIT, sight.blind)
    # The new CA has to settle anew; without a roll there is nothing to hold back.
    if sight.untrusting and state.published and state.upcoming:
        return Decision(Action.WITHDRAW, f"{', '.join(sight.untrusting)} lost a CA of the bundle")
    if sight.differing:
        return Decision(Action.INJECT, f"{', '.join(sight.differing)} has another bundle")
    if state.published is None:
        return Decision(Action.PUBLISH, "every configuration trusts the whole bundle")
    return None


def _promote(state: State, watched: timedelta, settle: timedelta, now: datetime) -> Decision | None:
    if state.upcoming is None:
        return None
    if watched >= settle:
        return Decision(Action.PROMOTE, "the new CA has been trusted everywhere for long enough")
    return Decision(Action.WAIT, "the new CA is trusted everywhere, settling", now + settle - watched)


def _retired(state: State, now: datetime) -> Decision | None:
    gone = [each for each in state.retired if each.until <= now or not alive(each.certificate, now)]
    if gone:
        names = ", ".join(name_of(each.certificate) for each in gone)
        return Decision(Action.DROP, f"no leaf of {names} can be alive any more")
    return None


def _leaf_due(state: State, settings: CertificateSettings) -> datetime:
    return state.pair.leaf.not_valid_after_utc - settings.leaf_validity * (1 - settings.renew_at)


def _authority_due(state: State, settings: CertificateSettings) -> datetime:
    return state.authority.certificate.not_valid_after_utc - settings.ca_validity * (1 - settings.renew_at)


def _next_due(state: State, settings: CertificateSettings) -> datetime:
    retired = (each.until for each in state.retired)
    return min(_leaf_due(state, settings), _authority_due(state, settings), *retired)


def _life(certificate: Certificate, now: datetime) -> str:
    if now < certificate.not_valid_before_utc:
        return f"it begins {_shown(certificate.not_valid_before_utc)}"
    return f"it ends {_shown(certificate.not_valid_after_utc)}"


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
