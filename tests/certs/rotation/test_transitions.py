"""Properties of the state after any sequence of events."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from arkrun_certs.pki.x509 import is_issued_by, is_valid
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import Action
from arkrun_certs.rotation.policy import Observation, Served, decide, should_serve
from arkrun_certs.rotation.state import State, decode, encode
from support.certs.builders import DAY, NOW, fresh, served, settings

SETTINGS = settings(settle="1h")
WRITES = {Action.BEGIN, Action.RENEW, Action.PUBLISH, Action.WITHDRAW, Action.PROMOTE, Action.DROP}


class Model:
    """A model of a Secret, a configuration and a replica."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.state: State | None = fresh()
        self.bundle = fresh().trusted
        self.last_known: State | None = fresh()
        self.served: Served | None = served(fresh())
        self.publication = (fresh().published, NOW)

    def observe(self) -> Observation:
        """Return what a replica would observe."""
        state = self.state
        out_of_sync = state is not None and state.trusted != self.bundle
        distrusting = state is not None and not set(state.trusted) <= set(self.bundle)
        published = state.published if state else None
        if published != self.publication[0]:
            self.publication = (published, self.now)
        return Observation(
            state,
            problem="gone",
            last_known=self.last_known,
            served=self.served,
            out_of_sync=("w",) if out_of_sync else (),
            distrusting=("w",) if distrusting else (),
            published_for=self.now - self.publication[1],
        )

    def step(self) -> bool:
        """Perform one action of the replica, or return False if there is none."""
        observation = self.observe()
        action = decide(observation, SETTINGS, self.now).action
        if self.state and action not in {Action.CREATE, Action.RESTORE, Action.RETAIN}:
            self.last_known = self.state
            if should_serve(observation, SETTINGS, self.now).action is Action.SERVE:
                self.served = served(self.state)
        if action in {Action.WAIT, Action.NONE}:
            return False
        if action is Action.INJECT and self.state:
            self.bundle = self.state.trusted
        elif action in WRITES and self.state:
            self.state = transitions.apply(self.state, action, SETTINGS, self.now)
        elif action is Action.RESTORE and self.last_known:
            self.state = transitions.begin(self.last_known, SETTINGS, self.now)
        elif action is Action.RETAIN and self.state and self.served:
            self.state = transitions.retain(self.state, self.served)
        else:
            self.state = transitions.create(SETTINGS, self.now, self.bundle)
        return True


EVENTS = st.lists(
    st.one_of(
        st.just("rotate"),
        st.just("delete"),
        st.just("remove bundle"),
        st.just("replace"),
        st.sampled_from([timedelta(minutes=30), timedelta(hours=2), 5 * DAY, 15 * DAY]),
    ),
    max_size=25,
)


@given(events=EVENTS)
def test_the_served_leaf_is_trusted_after_every_action(events: list[str | timedelta]) -> None:
    """The only exception is a bundle that was just removed from outside."""
    model = Model()
    for event in events:
        if isinstance(event, timedelta):
            model.now += event
        elif event == "rotate" and model.state and not model.state.upcoming:
            model.state = transitions.begin(model.state, SETTINGS, model.now)
        elif event == "delete":
            model.state = None
        elif event == "replace":
            model.state = transitions.create(SETTINGS, model.now)
        elif event == "remove bundle":
            model.bundle = ()
        removed = event == "remove bundle"
        for _ in range(20):
            more = model.step()
            assert model.served is not None
            expired = not is_valid(model.served.leaf, model.now)
            assert removed or expired or model.served.issuer in model.bundle
            if not more:
                break
            removed = removed and model.served.issuer not in model.bundle
        else:
            raise AssertionError("the actions never end")
        assert is_valid(model.served.leaf, model.now)
        assert model.served.issuer in model.bundle


@given(
    actions=st.lists(st.sampled_from([Action.BEGIN, Action.RENEW, Action.PUBLISH, Action.DROP]), max_size=6)
)
def test_every_state_is_decoded_as_it_was_encoded(actions: list[Action]) -> None:
    """The states result from random sequences of actions."""
    state = fresh()
    for number, action in enumerate(actions):
        state = transitions.apply(state, action, SETTINGS, NOW + number * DAY)
    if state.upcoming:
        state = transitions.apply(state, Action.PROMOTE, SETTINGS, NOW + 7 * DAY)

    assert decode(encode(state)) == state


def test_the_old_ca_is_trusted_until_its_last_leaf_expires() -> None:
    """The leaf with the latest expiry counts, even if it was replaced by a shorter one."""
    longest = transitions.apply(fresh(), Action.RENEW, SETTINGS, NOW + 10 * DAY)
    shorter = transitions.apply(longest, Action.RENEW, settings(leaf_validity=DAY), NOW + 11 * DAY)
    promoted = transitions.apply(
        transitions.begin(shorter, SETTINGS, NOW + 12 * DAY), Action.PROMOTE, SETTINGS, NOW + 12 * DAY
    )

    assert is_issued_by(promoted.pair.leaf, promoted.authority.certificate)
    assert [each.certificate for each in promoted.retired] == [fresh().authority.certificate]
    assert promoted.retired[0].until == NOW + 40 * DAY


def test_a_process_with_a_slow_clock_signs_a_leaf_that_is_valid_for_others() -> None:
    """The times recorded in the state outweigh a clock that is 40 days behind."""
    begun = transitions.begin(fresh(), SETTINGS, NOW)
    published = transitions.apply(begun, Action.PUBLISH, SETTINGS, NOW)

    for state in (begun, published):
        promoted = transitions.apply(state, Action.PROMOTE, SETTINGS, NOW - 40 * DAY)
        assert promoted.pair.leaf.not_valid_after_utc == NOW + 30 * DAY


def test_the_representation_of_a_state_contains_no_private_key() -> None:
    """A state may end up in a log."""
    state = transitions.begin(fresh(), SETTINGS, NOW)

    assert "PRIVATE KEY" not in repr(state)
    assert "PRIVATE KEY" not in str(state)


def test_replicas_with_different_names_agree_on_one_leaf() -> None:
    """During a rollout that renames the server, the leaf has the old and the new names."""
    new = settings(dns_names=("new.default.svc",))

    both = transitions.apply(fresh(), Action.RENEW, new, NOW)

    assert decide(Observation(both), new, NOW).action is Action.NONE
    assert decide(Observation(both), SETTINGS, NOW).action is Action.NONE
