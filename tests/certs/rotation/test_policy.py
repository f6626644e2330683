"""The decision tables: which observation leads to which action."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from arkrun_certs.pki import x509
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import Action, Decision
from arkrun_certs.rotation.policy import Observation, decide, should_serve
from arkrun_certs.rotation.state import Retired, State
from support.certs.builders import DAY, NOW, fresh, other, rotating, served, settings

SETTINGS = settings()
SECOND = timedelta(seconds=1)
CONFIGURATION = 'ValidatingWebhookConfiguration "w"'


def published(state: State, at: datetime = NOW) -> State:
    """Return the state as published everywhere at a given time."""
    return replace(state, published=at)


def wrong_name() -> State:
    """Return `fresh` with a leaf for another name."""
    pair = x509.issue_pair(fresh().authority, ("elsewhere.example.com",), (), 30 * DAY, NOW)
    return replace(fresh(), pair=pair)


def long_lived() -> State:
    """Return a state whose leaf is valid for 60 days."""
    return transitions.create(settings(leaf_validity=60 * DAY), NOW)


def promoted() -> State:
    """Return a state whose new CA has just begun to sign."""
    return transitions.apply(published(rotating()), Action.PROMOTE, SETTINGS, NOW)


TABLE = {
    "nothing to do": (Observation(fresh()), NOW, Action.NONE, "everything is in place"),
    "empty cluster": (
        Observation(None, "the Secret does not exist"),
        NOW,
        Action.CREATE,
        "the Secret does not exist: creating a CA",
    ),
    "Secret deleted, last state known": (
        Observation(None, "the Secret does not exist", last_known=fresh()),
        NOW,
        Action.RESTORE,
        "the Secret does not exist: restoring the last known state and rotating the CA",
    ),
    "Secret deleted, last known CA expired": (
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
    "CA not valid yet": (
        Observation(transitions.create(SETTINGS, NOW + 400 * DAY), last_known=fresh()),
        NOW,
        Action.RESTORE,
        "is not valid now (it begins 2027-09-30 08:00:00 UTC): restoring the last known state",
    ),
    "CA expired while the upcoming one was settling": (
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
    "Secret replaced by one with an expired CA": (
        Observation(replace(transitions.create(SETTINGS, NOW - 400 * DAY)), last_known=fresh()),
        NOW,
        Action.RESTORE,
        "restoring the last known state and rotating the CA",
    ),
    "Secret replaced by a foreign one, own leaf served": (
        Observation(other(), last_known=fresh(), served=served(fresh())),
        NOW,
        Action.RETAIN,
        "the Secret lacks",
    ),
    "Secret replaced by a foreign one, expired leaf served": (
        Observation(other(), last_known=fresh(), served=served(fresh())),
        NOW + 31 * DAY,
        Action.RENEW,
        "the leaf is not valid now",
    ),
    "leaf before 2/3 of its lifetime": (
        Observation(fresh()),
        NOW + 20 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "leaf after 2/3 of its lifetime": (
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
    "CA before 2/3 of its lifetime": (
        Observation(renewed := transitions.apply(fresh(), Action.RENEW, SETTINGS, NOW + 243 * DAY)),
        NOW + 243 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "CA after 2/3 of its lifetime": (
        Observation(renewed),
        NOW + 243.5 * DAY,
        Action.BEGIN,
        "the CA ends 2027-11-24 08:00:00 UTC",
    ),
    "rotation: not yet injected": (
        Observation(rotating(), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW,
        Action.INJECT,
        f"{CONFIGURATION} has another bundle",
    ),
    "rotation: injected everywhere": (
        Observation(rotating()),
        NOW,
        Action.PUBLISH,
        "every configuration trusts the whole bundle",
    ),
    "rotation: the configurations cannot be read": (
        Observation(rotating(), unreadable="no rights"),
        NOW,
        Action.WAIT,
        "no rights",
    ),
    "rotation: settling": (
        Observation(published(rotating()), published_for=0.9 * SECOND),
        NOW,
        Action.WAIT,
        "the new CA is trusted everywhere, settling",
    ),
    "rotation: CA removed while settling": (
        Observation(published(rotating()), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW + 5 * SECOND,
        Action.WITHDRAW,
        f"{CONFIGURATION} lost a CA of the bundle",
    ),
    "rotation: settling while the clock jumps a day ahead": (
        Observation(published(rotating()), published_for=0.9 * SECOND),
        NOW + DAY,
        Action.WAIT,
        "the new CA is trusted everywhere, settling",
    ),
    "rotation: settled": (
        Observation(published(rotating()), published_for=SECOND),
        NOW,
        Action.PROMOTE,
        "the new CA has been trusted everywhere for long enough",
    ),
    "rotation: settled, published with a clock that was set back since": (
        Observation(published(rotating(), NOW + 40 * DAY), published_for=SECOND),
        NOW,
        Action.PROMOTE,
        "the new CA has been trusted everywhere for long enough",
    ),
    "rotation: the leaf expires meanwhile": (
        Observation(rotating(), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW + 30 * DAY,
        Action.RENEW,
        "the leaf is not valid now",
    ),
    "rotation: the upcoming CA has expired": (
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
    "after a rotation: an old leaf may be valid": (
        Observation(promoted()),
        NOW + 19 * DAY,
        Action.NONE,
        "everything is in place",
    ),
    "after a rotation: every old leaf has expired": (
        Observation(transitions.apply(promoted(), Action.RENEW, SETTINGS, NOW + 29 * DAY)),
        NOW + 30 * DAY,
        Action.DROP,
        "has expired",
    ),
    "bundle removed outside a rotation": (
        Observation(published(fresh()), out_of_sync=(CONFIGURATION,), distrusting=(CONFIGURATION,)),
        NOW,
        Action.INJECT,
        f"{CONFIGURATION} has another bundle",
    ),
    "additional CA in a configuration": (
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
    "more retired CAs than allowed": (
        Observation(
            replace(fresh(), retired=(Retired(other().authority.certificate, NOW + DAY),) * 17),
            out_of_sync=(CONFIGURATION,),
        ),
        NOW,
        Action.DROP,
        "at most 16 retired CAs are trusted at a time",
    ),
    "a leaf with another name": (
        Observation(replace(fresh(), pair=wrong_name().pair)),
        NOW,
        Action.RENEW,
        "the leaf does not name webhook.default.svc, 127.0.0.1",
    ),
}


@pytest.mark.parametrize(("observation", "now", "action", "reason"), TABLE.values(), ids=TABLE.keys())
def test_each_observation_leads_to_one_action_with_a_readable_reason(
    observation: Observation, now: datetime, action: Action, reason: str
) -> None:
    """The table lists an observation, the time, the action and a part of the reason."""
    decision = decide(observation, SETTINGS, now)

    assert decision.action == action
    assert reason in decision.reason


def test_a_leaf_that_lacks_a_name_is_renewed() -> None:
    """The reason lists the missing names."""
    renamed = settings(dns_names=("webhook.default.svc", "new.default.svc"), ip_addresses=("::1",))

    assert decide(Observation(fresh()), renamed, NOW) == Decision(
        Action.RENEW, "the leaf does not name new.default.svc, ::1"
    )


def test_a_leaf_that_expires_with_its_ca_is_not_renewed() -> None:
    """A new leaf could not be valid for longer."""
    capped = transitions.apply(rotating(), Action.RENEW, SETTINGS, NOW + 360 * DAY)
    observation = Observation(capped, unreadable="no rights")

    assert decide(observation, SETTINGS, NOW + 364 * DAY).action == Action.WAIT


def test_due_is_the_earliest_time_at_which_the_decision_changes() -> None:
    """This is the renewal of the leaf or CA, the end of a retired CA, or the end of settling."""
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
    "a CA that is settling": (Observation(published(promoted()), served=served(fresh())), NOW, Action.WAIT),
    "a CA that is settling while the clock jumps a day ahead": (
        Observation(published(promoted()), served=served(fresh()), published_for=0.9 * SECOND),
        NOW + DAY,
        Action.WAIT,
    ),
    "a CA that has settled": (
        Observation(published(promoted()), served=served(fresh()), published_for=SECOND),
        NOW,
        Action.SERVE,
    ),
    "a CA that has settled and was then removed": (
        Observation(
            published(promoted()), served=served(fresh()), published_for=DAY, distrusting=(CONFIGURATION,)
        ),
        NOW,
        Action.WAIT,
    ),
    "an expired leaf is served": (
        Observation(replace(other(), published=None), served=served(fresh())),
        NOW + 31 * DAY,
        Action.SERVE,
    ),
    "the same CA, without our names": (
        Observation(replace(fresh(), pair=wrong_name().pair), served=served(fresh())),
        NOW,
        Action.WAIT,
    ),
    "a leaf that has expired by our clock": (
        Observation(published(promoted(), NOW), served=served(long_lived()), published_for=DAY),
        NOW + 31 * DAY,
        Action.WAIT,
    ),
    "no usable Secret": (Observation(None, "gone", served=served(fresh())), NOW, Action.WAIT),
}


@pytest.mark.parametrize(("observation", "now", "action"), SERVING.values(), ids=SERVING.keys())
def test_a_leaf_of_another_ca_is_served_only_once_it_is_trusted(
    observation: Observation, now: datetime, action: Action
) -> None:
    """An exception is made if no other valid leaf is loaded."""
    assert should_serve(observation, SETTINGS, now).action == action
