"""The decision table: what is seen, and what is done about it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from arkrun_certs.pki import x509
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import Action, Decision
from arkrun_certs.rotation.policy import Observation, decide, should_serve
from arkrun_certs.rotation.state import Retired, State
from builders_certs import DAY, NOW, fresh, other, rotating, served, settings

SETTINGS = settings()
SECOND = timedelta(seconds=1)
CONFIGURATION = 'ValidatingWebhookConfiguration "w"'


def published(state: State, at: datetime = NOW) -> State:
    """Make a state whose bundle was seen everywhere at a moment."""
    return replace(state, published=at)


def nameless() -> State:
    """Make a state of `fresh`'s CA whose leaf names somebody else."""
    pair = x509.issue_pair(fresh().authority, ("elsewhere.example.com",), (), 30 * DAY, NOW)
    return replace(fresh(), pair=pair)


def longer() -> State:
    """Make a state whose leaf lives two months."""
    return transitions.create(settings(leaf_validity=60 * DAY), NOW)


def promoted() -> State:
    """Make a state whose new CA has just begun to sign."""
    return transitions.apply(published(rotating()), Action.PROMOTE, SETTINGS, NOW)


TABLE = {
    "nothing to do": (Observation(fresh()), NOW, Action.NONE, "everything is in place"),
    "empty cluster": (
        Observation(None, "the Secret does not exist"),
        NOW,
        Action.CREATE,
        "the Secret does not exist: creating a CA",
    ),
    "Secret lost, but remembered": (
        Observation(None, "the Secret does not exist", last_known=fresh()),
        NOW,
        Action.RESTORE,
        "the Secret does not exist: restoring the last known state and rotating the CA",
    ),
    "Secret lost, and what is remembered is dead": (
        Observation(None, "the Secret does not exist", last_known=fresh()),
        NOW + 366 * DAY,
        Action.CREATE,
        "the Secret does not exist: creating a CA",
    ),
    "CA expired": (
        Observation(fresh(), last_known=fresh()),
        NOW + 366 * DAY,
        Action.CREATE,
        "is not valid now (it ends 2027-11-24 08:00:00 UTC): creating a CA",
    ),
    "a CA of the future": (
        Observation(transitions.create(SETTINGS, NOW + 400 * DAY), last_known=fresh()),
        NOW,
        Action.RESTORE,
        "is not valid now (it begins 2027-09-30 08:00:00 UTC): restoring the last known state",
    ),
    "CA expired while its successor was settling": (
        Observation(
            replace(
                published(rotating(), NOW + 366 * DAY),
                upcoming=transitions.begin(fresh(), SETTINGS, NOW + 300 * DAY).upcoming,
            )
        ),
        NOW + 366 * DAY,
        Action.PROMOTE,
        "promoting the upcoming CA at once",
    ),
    "an expired CA put in place of a good one": (
        Observation(replace(transitions.create(SETTINGS, NOW - 400 * DAY)), last_known=fresh()),
        NOW,
        Action.RESTORE,
        "restoring the last known state and rotating the CA",
    ),
    "Secret of strangers while ours is served": (
        Observation(other(), last_known=fresh(), served=served(fresh())),
        NOW,
        Action.RETAIN,
        "the Secret lacks",
    ),
    "Secret of strangers while a dead leaf is served": (
        Observation(other(), last_known=fresh(), served=served(fresh())),
        NOW + 31 * DAY,
        Action.RENEW,
        "the leaf is not valid now",
    ),
    "leaf before 2/3 of its life": (
        Observation(fresh()),
        NOW + 20 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "leaf after 2/3 of its life": (
        Observation(fresh()),
        NOW + 20.02 * DAY,
        Action.RENEW,
        "the leaf ends 2026-12-24 08:00:00 UTC",
    ),
    "leaf expired": (
        Observation(fresh()),
        NOW + 30 * DAY,
        Action.RENEW,
        "the leaf is not valid now (it ends 2026-12-24 08:00:00 UTC)",
    ),
    "CA before 2/3 of its life": (
        Observation(renewed := transitions.apply(fresh(), Action.RENEW, SETTINGS, NOW + 243 * DAY)),
        NOW + 243 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "CA after 2/3 of its life": (
        Observation(renewed),
        NOW + 243.5 * DAY,
        Action.BEGIN,
        "the CA ends 2027-11-24 08:00:00 UTC",
    ),
    "roll: not yet injected": (
        Observation(rotating(), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW,
        Action.INJECT,
        f"{CONFIGURATION} has another bundle",
    ),
    "roll: seen everywhere": (
        Observation(rotating()),
        NOW,
        Action.PUBLISH,
        "every configuration trusts the whole bundle",
    ),
    "roll: the configurations cannot be seen": (
        Observation(rotating(), unreadable="no rights"),
        NOW,
        Action.WAIT,
        "no rights",
    ),
    "roll: settling": (
        Observation(published(rotating()), published_for=0.9 * SECOND),
        NOW,
        Action.WAIT,
        "the new CA is trusted everywhere, settling",
    ),
    "roll: lost while settling": (
        Observation(published(rotating()), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW + 5 * SECOND,
        Action.WITHDRAW,
        f"{CONFIGURATION} lost a CA of the bundle",
    ),
    "roll: settling while the clock jumps a day ahead": (
        Observation(published(rotating()), published_for=0.9 * SECOND),
        NOW + DAY,
        Action.WAIT,
        "the new CA is trusted everywhere, settling",
    ),
    "roll: settled": (
        Observation(published(rotating()), published_for=SECOND),
        NOW,
        Action.PROMOTE,
        "the new CA has been trusted everywhere for long enough",
    ),
    "roll: settled, published by a clock set back since": (
        Observation(published(rotating(), NOW + 40 * DAY), published_for=SECOND),
        NOW,
        Action.PROMOTE,
        "the new CA has been trusted everywhere for long enough",
    ),
    "roll: the leaf expires meanwhile": (
        Observation(rotating(), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW + 30 * DAY,
        Action.RENEW,
        "the leaf is not valid now",
    ),
    "roll: took so long that the CA to come is dead": (
        Observation(
            replace(
                rotating(),
                authority=transitions.create(settings(ca_validity=800 * DAY), NOW).authority,
                pair=transitions.create(
                    settings(ca_validity=800 * DAY, leaf_validity=200 * DAY), NOW + 250 * DAY
                ).pair,
            )
        ),
        NOW + 366 * DAY,
        Action.BEGIN,
        "the upcoming CA is not valid now",
    ),
    "rolled: an old leaf may live": (
        Observation(promoted()),
        NOW + 19 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "rolled: no old leaf can live": (
        Observation(transitions.apply(promoted(), Action.RENEW, SETTINGS, NOW + 29 * DAY)),
        NOW + 30 * DAY,
        Action.DROP,
        "has expired",
    ),
    "outside reset, no roll": (
        Observation(published(fresh()), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW,
        Action.INJECT,
        f"{CONFIGURATION} has another bundle",
    ),
    "somebody trusts a CA more": (
        Observation(fresh(), out_of_sync=(CONFIGURATION,)),
        NOW,
        Action.INJECT,
        f"{CONFIGURATION} has another bundle",
    ),
    "clock 40 days back": (
        Observation(fresh(), served=served(fresh())),
        NOW - 40 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "rolled more often than the bundle has room for": (
        Observation(
            replace(fresh(), retired=(Retired(other().authority.certificate, NOW + DAY),) * 17),
            out_of_sync=(CONFIGURATION,),
        ),
        NOW,
        Action.DROP,
        "at most 16 retired CAs are trusted at a time",
    ),
    "a leaf with another name": (
        Observation(replace(fresh(), pair=nameless().pair)),
        NOW,
        Action.RENEW,
        "the leaf does not name webhook.default.svc, 127.0.0.1",
    ),
}


@pytest.mark.parametrize(("sight", "now", "action", "reason"), TABLE.values(), ids=TABLE.keys())
def test_decision(sight: Observation, now: datetime, action: Action, reason: str) -> None:
    """Every sight leads to one action, with a reason that a person can read."""
    decision = decide(sight, SETTINGS, now)

    assert decision.action == action
    assert reason in decision.reason


def test_names_that_the_leaf_lacks_are_a_reason_to_renew_it() -> None:
    """A leaf that does not name the server is made anew, and the reason lists what it lacks."""
    renamed = settings(dns_names=("webhook.default.svc", "new.default.svc"), ip_addresses=("::1",))

    assert decide(Observation(fresh()), renamed, NOW) == Decision(
        Action.RENEW, "the leaf does not name new.default.svc, ::1"
    )


def test_a_leaf_that_ends_with_its_ca_is_not_renewed_in_vain() -> None:
    """A leaf capped by the end of its CA cannot be made longer: renewing it for ever would change nothing."""
    capped = transitions.apply(rotating(), Action.RENEW, SETTINGS, NOW + 360 * DAY)
    sight = Observation(capped, unreadable="no rights")

    assert decide(sight, SETTINGS, NOW + 364 * DAY).action == Action.WAIT


def test_due_is_the_first_moment_when_time_alone_changes_the_decision() -> None:
    """The loop may sleep until the leaf, the CA or a retired CA comes due, whichever is first."""
    early = replace(fresh(), retired=(Retired(other().authority.certificate, NOW + DAY),))

    assert decide(Observation(early), SETTINGS, NOW).due == NOW + DAY
    assert decide(Observation(fresh()), SETTINGS, NOW).due == NOW + 30 * DAY - 30 * DAY * (1 - 0.667)
    assert (
        decide(Observation(published(rotating()), published_for=0.4 * SECOND), SETTINGS, NOW).due
        == NOW + 0.6 * SECOND
    )


SERVING = {
    "nothing is served": (Observation(fresh()), NOW, Action.SERVE),
    "the same leaf": (Observation(fresh(), served=served(fresh())), NOW, Action.NONE),
    "the same CA": (
        Observation(
            transitions.apply(replace(fresh(), published=None), Action.RENEW, SETTINGS, NOW),
            served=served(fresh()),
        ),
        NOW,
        Action.SERVE,
    ),
    "a CA not yet published": (
        Observation(transitions.retain(other(), served(fresh())), served=served(fresh()), published_for=DAY),
        NOW,
        Action.WAIT,
    ),
    "a CA that settles": (Observation(published(promoted()), served=served(fresh())), NOW, Action.WAIT),
    "a CA that settles while the clock jumps a day ahead": (
        Observation(published(promoted()), served=served(fresh()), published_for=0.9 * SECOND),
        NOW + DAY,
        Action.WAIT,
    ),
    "a CA that has settled": (
        Observation(published(promoted()), served=served(fresh()), published_for=SECOND),
        NOW,
        Action.SERVE,
    ),
    "a CA that has settled and was then lost": (
        Observation(
            published(promoted()), served=served(fresh()), published_for=DAY, distrusting=(CONFIGURATION,)
        ),
        NOW,
        Action.WAIT,
    ),
    "a dead leaf is served": (
        Observation(replace(other(), published=None), served=served(fresh())),
        NOW + 31 * DAY,
        Action.SERVE,
    ),
    "the same CA, without our names": (
        Observation(replace(fresh(), pair=nameless().pair), served=served(fresh())),
        NOW,
        Action.WAIT,
    ),
    "a leaf that is over, by our clock": (
        Observation(published(promoted(), NOW), served=served(longer()), published_for=DAY),
        NOW + 31 * DAY,
        Action.WAIT,
    ),
    "no usable Secret": (Observation(None, "gone", served=served(fresh())), NOW, Action.WAIT),
}


@pytest.mark.parametrize(("sight", "now", "action"), SERVING.values(), ids=SERVING.keys())
def test_what_is_served(sight: Observation, now: datetime, action: Action) -> None:
    """A leaf of another CA is served only when that CA is trusted, or when there is nothing better."""
    assert should_serve(sight, SETTINGS, now).action == action
