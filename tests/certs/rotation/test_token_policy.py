"""States and decisions of the path token, and that no rotation fails a call."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_certs.errors import MaterialError
from arkrun_certs.rotation.decision import Action
from arkrun_certs.rotation.token_policy import TokenObservation, apply, decide
from arkrun_certs.rotation.token_state import (
    TokenState,
    begin,
    create,
    decode,
    encode,
    find_token,
    is_accepted,
)
from support.certs.builders import DAY, NOW

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
PROPAGATION, SETTLE, ROTATION = timedelta(seconds=60), timedelta(seconds=30), 30 * DAY
LONG = DAY
PLAIN = TokenState(A, NOW)
NEXT = TokenState(A, NOW, upcoming=B)
ROTATED = TokenState(B, NOW, retired=(A,))


def observe(state: TokenState | None, *called: str, **more: Any) -> TokenObservation:
    """Build an observation whose configurations call these tokens, by default the current one."""
    tokens = called or ((state.current,) if state else ())
    out_of_sync = ("x",) if state and set(tokens) != {state.current} else ()
    return TokenObservation(state, called=tokens, out_of_sync=out_of_sync, **{"last_known": state, **more})


CASES: dict[str, tuple[TokenObservation, timedelta, Action]] = {
    "no Secret and nothing known": (TokenObservation(None, "gone"), timedelta(), Action.CREATE),
    "no Secret, but a token is known": (
        TokenObservation(None, "gone", last_known=PLAIN),
        timedelta(),
        Action.RESTORE,
    ),
    "everything in place": (observe(PLAIN), timedelta(), Action.NONE),
    "a new configuration calls no token": (observe(PLAIN, ""), timedelta(), Action.INJECT),
    "one of two was reset": (observe(PLAIN, A, ""), timedelta(), Action.INJECT),
    "a configuration calls an unknown token": (observe(PLAIN, C), timedelta(), Action.INJECT),
    "the configurations cannot be read": (observe(PLAIN, A, unreadable="403"), timedelta(), Action.WAIT),
    "the Secret was replaced by another": (
        observe(PLAIN, C, last_known=TokenState(C, NOW)),
        timedelta(),
        Action.RETAIN,
    ),
    "a token appeared that replicas do not know yet": (observe(ROTATED, A), timedelta(), Action.WAIT),
    "replicas know the token that appeared": (
        observe(ROTATED, A, known_for=PROPAGATION),
        timedelta(),
        Action.INJECT,
    ),
    "rotation is not due": (observe(PLAIN, known_for=LONG), 29 * DAY, Action.NONE),
    "rotation is due": (observe(PLAIN), 30 * DAY, Action.BEGIN),
    "the next token was seen just now": (observe(NEXT), timedelta(), Action.WAIT),
    "the next token is known to all": (observe(NEXT, known_for=PROPAGATION), timedelta(), Action.PROMOTE),
    "the next token is known, a configuration was reset": (
        observe(NEXT, "", known_for=PROPAGATION),
        timedelta(),
        Action.INJECT,
    ),
    "the new path was written just now": (observe(ROTATED, known_for=LONG), timedelta(), Action.WAIT),
    "the new path is called everywhere": (observe(ROTATED, called_for=SETTLE), timedelta(), Action.DROP),
    "a next token waits until the old one is gone": (
        observe(TokenState(B, NOW, upcoming=C, retired=(A,)), known_for=LONG),
        timedelta(),
        Action.WAIT,
    ),
}


@pytest.mark.parametrize(("observation", "later", "action"), CASES.values(), ids=CASES.keys())
def test_each_observation_leads_to_one_action(
    observation: TokenObservation, later: timedelta, action: Action
) -> None:
    """The table lists an observation, the time since the last rotation and the action."""
    decision = decide(observation, rotation=ROTATION, propagation=PROPAGATION, settle=SETTLE, now=NOW + later)

    assert decision.action == action


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (Action.PROMOTE, observe(NEXT), TokenState(B, NOW + DAY, retired=(A,))),
        (Action.DROP, observe(ROTATED), TokenState(B, NOW)),
        (Action.RETAIN, observe(PLAIN, C, last_known=TokenState(C, NOW)), TokenState(A, NOW, retired=(C,))),
    ],
)
def test_an_action_keeps_every_token_that_is_still_called(
    action: Action, before: TokenObservation, after: TokenState
) -> None:
    """The state after the action is compared as a whole."""
    assert apply(action, before, NOW + DAY) == after


def test_a_token_is_128_random_bits_in_lower_case_hex() -> None:
    """The API server allows only lower-case letters, digits and dashes in a path."""
    first, second = create((), NOW), create((), NOW)

    assert first.tokens != second.tokens
    assert len(bytes.fromhex(first.current)) == 16
    assert first.current == first.current.lower()


def test_a_restored_state_has_the_token_in_use_and_an_upcoming_one() -> None:
    """Calls with the current token succeed until it has been replaced."""
    restored = apply(Action.RESTORE, TokenObservation(None, last_known=ROTATED), NOW)
    adopted = create(("", B, A), NOW)

    assert (restored.current, restored.retired, len(restored.upcoming)) == (B, (A,), 32)
    assert (adopted.current, adopted.retired, len(adopted.upcoming)) == (B, (A,), 32)


def test_a_rotation_in_progress_is_not_begun_again() -> None:
    """A second request adds no second upcoming token."""
    assert begin(NEXT) == NEXT
    assert begin(PLAIN).current == A


@pytest.mark.parametrize("state", [PLAIN, NEXT, ROTATED, TokenState(A, NOW, B, (C, D))])
def test_a_state_is_decoded_as_it_was_encoded(state: TokenState) -> None:
    """repr() contains no token."""
    assert decode(encode(state)) == state
    assert [token for token in (A, B, C, D) if token in repr(state)] == []


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"null",
        b'{"current": "short", "rotated": "2026-11-24T08:00:00+00:00", "upcoming": "", "retired": []}',
        b'{"current": 1, "rotated": "2026-11-24T08:00:00+00:00", "upcoming": "", "retired": []}',
        b'{"current": "%s", "rotated": "2026-11-24T08:00:00", "upcoming": "", "retired": []}' % A.encode(),
        b'{"current": "%s", "rotated": "2026-11-24T08:00:00+00:00", "retired": []}' % A.encode(),
        b'{"current": "%s", "rotated": "2026-11-24T08:00:00+00:00", "upcoming": "", "retired": "x"}'
        % A.encode(),
    ],
)
def test_an_invalid_state_is_refused_without_quoting_it(text: bytes) -> None:
    """The message may end up in a log."""
    with pytest.raises(MaterialError) as refused:
        decode({"path.json": text})

    assert str(refused.value) == "path.json is invalid"


def test_an_empty_secret_has_no_state() -> None:
    """The chart renders the Secret without data."""
    with pytest.raises(MaterialError, match=r"^path\.json is missing or empty$"):
        decode({})


@pytest.mark.parametrize(
    ("path", "token"),
    [
        (f"/{A}/mutate/arkruns", A),
        ("/mutate/arkruns", ""),
        ("", ""),
        (f"/{A}", ""),
        (f"/x/{A}/mutate/arkruns", ""),
        (f"{A}/mutate/arkruns", ""),
        (f"/{A}/validate/arkruns", ""),
        ("/guessable/mutate/arkruns", ""),
    ],
)
def test_only_a_path_that_we_wrote_contains_a_token(path: str, token: str) -> None:
    """A path with another prefix, suffix or format has none."""
    assert find_token(path, "/mutate/arkruns") == token


@pytest.mark.parametrize(("token", "known"), [(A, True), (B, True), (C, False), ("", False), ("é", False)])
def test_only_known_tokens_are_accepted(token: str, known: bool) -> None:
    """Any of several tokens matches; an unknown, empty or non-ASCII token does not."""
    assert is_accepted(token, (A, B)) is known
    assert not is_accepted(token, ())


@dataclass
class Replica:
    """The memory of a replica, as in `PathReconciler`."""

    tokens: tuple[str, ...] = ()
    last_known: TokenState | None = None
    known_since: dict[str, int] = field(default_factory=dict)
    called_since: tuple[str, int] = ("", 0)
    read_at: int = 0


class Cluster:
    """A model of a Secret, two configurations whose API servers lag behind, and replicas."""

    def __init__(self, replicas: int) -> None:
        self.second = 0
        self.secret: TokenState | None = create((), NOW)
        self.called = [self.secret.current, self.secret.current]
        self.calls: list[tuple[int, str]] = []
        self.replicas = [Replica(self.secret.tokens, self.secret) for _ in range(replicas)]

    def wait(self, seconds: int) -> None:
        """Advance the time; every replica reads the Secret at least once within PROPAGATION."""
        for _ in range(seconds):
            self.second += 1
            self.calls += [(self.second, each) for each in self.called]
            for each in self.replicas:
                if self.second - each.read_at >= PROPAGATION.total_seconds():
                    self.act(each)
            self.check()

    def check(self) -> None:
        """Check that each replica accepts every token that an API server may still call."""
        oldest = self.second - SETTLE.total_seconds()
        self.calls = [(at, token) for at, token in self.calls if at > oldest]
        for each in self.replicas:
            assert {token for _, token in self.calls if token} <= set(each.tokens)

    def act(self, replica: Replica) -> None:
        """Perform one action of a replica."""
        state, now = self.secret, NOW + timedelta(seconds=self.second)
        replica.read_at = self.second
        observation = self._observe(replica, state)
        decision = decide(observation, rotation=ROTATION, propagation=PROPAGATION, settle=SETTLE, now=now)
        if decision.action in (Action.CREATE, Action.RESTORE, Action.RETAIN):
            known = replica.last_known.tokens if replica.last_known else ()
            replica.tokens = tuple({*(state.tokens if state else ()), *known})
        elif state:
            replica.last_known, replica.tokens = state, state.tokens
        if decision.action is Action.INJECT and state:
            self.called = [state.current, state.current]
        elif decision.action not in (Action.NONE, Action.WAIT):
            self.secret = apply(decision.action, observation, now)

    def _observe(self, replica: Replica, state: TokenState | None) -> TokenObservation:
        if state is None:
            return TokenObservation(None, last_known=replica.last_known, called=tuple(self.called))
        replica.known_since = {each: replica.known_since.get(each, self.second) for each in state.tokens}
        out_of_sync = any(each != state.current for each in self.called)
        token = state.current if out_of_sync else state.upcoming or state.current
        if out_of_sync:
            replica.called_since = ("", 0)
        elif replica.called_since[0] != state.current:
            replica.called_since = (state.current, self.second)
        return TokenObservation(
            state,
            last_known=replica.last_known,
            called=tuple(self.called),
            out_of_sync=("x",) if out_of_sync else (),
            known_for=timedelta(seconds=self.second - replica.known_since[token]),
            called_for=timedelta(seconds=self.second - replica.called_since[1])
            if replica.called_since[0]
            else timedelta(),
        )


EVENTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 70)),
    st.tuples(st.just("act"), st.integers(0, 2)),
    st.tuples(st.sampled_from(("rotate", "lose", "reset", "restart")), st.integers(0, 2)),
)


@given(st.lists(EVENTS, max_size=40))
def test_every_replica_accepts_every_called_token_after_any_events(events: list[tuple[str, int]]) -> None:
    """The events are rotations, a lost Secret, a reset configuration and restarts in any order."""
    cluster = Cluster(3)
    for event, number in events:
        replica = cluster.replicas[number % 3]
        match event:
            case "wait":
                cluster.wait(number)
            case "act":
                cluster.act(replica)
            case "rotate" if cluster.secret:
                cluster.secret = begin(cluster.secret)
            case "lose":
                # Replicas watch the Secret, so one that knows the tokens acts first.
                cluster.secret = None
                cluster.act(replica)
            case "reset":
                cluster.called[number % 2] = ""
            case "restart":
                # A replica is not called before it is ready, and not ready before it has read the Secret.
                cluster.replicas[number % 3] = Replica(read_at=cluster.second)
                for _ in range(3):
                    cluster.act(cluster.replicas[number % 3])
        cluster.check()


def test_a_rotation_ends_with_one_token() -> None:
    """In the end only the new token is accepted by the replicas and called by the configurations."""
    cluster = Cluster(3)
    before = cluster.called[0]
    assert cluster.secret
    cluster.secret = begin(cluster.secret)
    cluster.wait(400)

    assert cluster.secret.tokens == tuple(set(cluster.called))
    assert before not in cluster.called
    assert [each.tokens for each in cluster.replicas] == [cluster.secret.tokens] * 3
