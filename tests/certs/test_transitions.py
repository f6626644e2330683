"""What must hold in every state that any course of events can lead to."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from arkrun_certs.pki.x509 import is_issued_by, is_valid
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import Action
from arkrun_certs.rotation.policy import Observation, Served, decide, should_serve
from arkrun_certs.rotation.state import State, decode, encode
from builders_certs import DAY, NOW, fresh, served, settings

SETTINGS = settings(settle="1h")
WRITES = {Action.BEGIN, Action.RENEW, Action.PUBLISH, Action.WITHDRAW, Action.PROMOTE, Action.DROP}


class World:
    """One Secret, one configuration and one replica, without a network between them."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.state: State | None = fresh()
        self.bundle = fresh().trusted
        self.kept: State | None = fresh()
        self.served: Served | None = served(fresh())
        self.publication = (fresh().published, NOW)

    def sight(self) -> Observation:
        """See what a replica would see."""
        state = self.state
        differs = state is not None and state.trusted != self.bundle
        lacks = state is not None and not set(state.trusted) <= set(self.bundle)
        published = state.published if state else None
        if published != self.publication[0]:
            self.publication = (published, self.now)
        return Observation(
            state,
            problem="gone",
            last_known=self.kept,
            served=self.served,
            out_of_sync=("w",) if differs else (),
            distrusting=("w",) if lacks else (),
            published_for=self.now - self.publication[1],
        )

    def step(self) -> bool:
        """Take one step as a replica does; False when there is none to take."""
        sight = self.sight()
        action = decide(sight, SETTINGS, self.now).action
        if self.state and action not in {Action.CREATE, Action.RESTORE, Action.RETAIN}:
            self.kept = self.state
            if should_serve(sight, SETTINGS, self.now).action is Action.SERVE:
                self.served = served(self.state)
        if action in {Action.WAIT, Action.NONE}:
            return False
        if action is Action.INJECT and self.state:
            self.bundle = self.state.trusted
        elif action in WRITES and self.state:
            self.state = transitions.apply(self.state, action, SETTINGS, self.now)
        elif action is Action.RESTORE and self.kept:
            self.state = transitions.begin(self.kept, SETTINGS, self.now)
        elif action is Action.RETAIN and self.state and self.served:
            self.state = transitions.retain(self.state, self.served)
        else:
            self.state = transitions.create(SETTINGS, self.now, self.bundle)
        return True


EVENTS = st.lists(
    st.one_of(
        st.just("rotate"),
        st.just("delete"),
        st.just("wipe"),
        st.just("steal"),
        st.sampled_from([timedelta(minutes=30), timedelta(hours=2), 5 * DAY, 15 * DAY]),
    ),
    max_size=25,
)


@run(deadline=None, max_examples=60)
@given(events=EVENTS)
def test_a_live_leaf_is_always_trusted_unless_the_bundle_was_wiped(events: list[str | timedelta]) -> None:
    """Whatever happens, between any two steps, clients with the bundle accept the leaf that is served."""
    world = World()
    for event in events:
        if isinstance(event, timedelta):
            world.now += event
        elif event == "rotate" and world.state and not world.state.upcoming:
            world.state = transitions.begin(world.state, SETTINGS, world.now)
        elif event == "delete":
            world.state = None
        elif event == "steal":
            world.state = transitions.create(SETTINGS, world.now)
        elif event == "wipe":
            world.bundle = ()
        wiped = event == "wipe"
        for _ in range(20):
            more = world.step()
            assert world.served is not None
            expired = not is_valid(world.served.leaf, world.now)
            assert wiped or expired or world.served.issuer in world.bundle
            if not more:
                break
            wiped = wiped and world.served.issuer not in world.bundle
        else:
            raise AssertionError("the steps never end")
        assert is_valid(world.served.leaf, world.now)
        assert world.served.issuer in world.bundle


@run(deadline=None, max_examples=20)
@given(
    actions=st.lists(st.sampled_from([Action.BEGIN, Action.RENEW, Action.PUBLISH, Action.DROP]), max_size=6)
)
def test_the_secret_gives_back_what_was_put_in(actions: list[Action]) -> None:
    """Every state survives the way through a Secret."""
    state = fresh()
    for number, action in enumerate(actions):
        state = transitions.apply(state, action, SETTINGS, NOW + number * DAY)
    if state.upcoming:
        state = transitions.apply(state, Action.PROMOTE, SETTINGS, NOW + 7 * DAY)

    assert decode(encode(state)) == state


def test_a_promoted_ca_signs_the_leaf_and_the_old_one_stays_until_its_last_leaf_has_expired() -> None:
    """The old CA is trusted as long as the longest-lived leaf that it signed, not just the present one."""
    longest = transitions.apply(fresh(), Action.RENEW, SETTINGS, NOW + 10 * DAY)
    shorter = transitions.apply(longest, Action.RENEW, settings(leaf_validity=DAY), NOW + 11 * DAY)
    promoted = transitions.apply(
        transitions.begin(shorter, SETTINGS, NOW + 12 * DAY), Action.PROMOTE, SETTINGS, NOW + 12 * DAY
    )

    assert is_issued_by(promoted.pair.leaf, promoted.authority.certificate)
    assert [each.certificate for each in promoted.retired] == [fresh().authority.certificate]
    assert promoted.retired[0].until == NOW + 40 * DAY


def test_a_clock_that_is_behind_signs_no_leaf_that_is_over() -> None:
    """Whoever promotes 40 days behind the others takes the moments that they noted for the truth."""
    begun = transitions.begin(fresh(), SETTINGS, NOW)
    published = transitions.apply(begun, Action.PUBLISH, SETTINGS, NOW)

    for state in (begun, published):
        promoted = transitions.apply(state, Action.PROMOTE, SETTINGS, NOW - 40 * DAY)
        assert promoted.pair.leaf.not_valid_after_utc == NOW + 30 * DAY


def test_no_key_is_shown() -> None:
    """Neither a state nor anything in it shows a private key when it is printed, as a log might do."""
    state = transitions.begin(fresh(), SETTINGS, NOW)

    assert "PRIVATE KEY" not in repr(state)
    assert "PRIVATE KEY" not in str(state)


def test_replicas_with_other_names_do_not_renew_each_other_for_ever() -> None:
    """While a rollout changes the names, a leaf is made that names them all."""
    new = settings(dns_names=("new.default.svc",))

    both = transitions.apply(fresh(), Action.RENEW, new, NOW)

    assert decide(Observation(both), new, NOW).action is Action.NONE
    assert decide(Observation(both), SETTINGS, NOW).action is Action.NONE
