"""The token of the admission paths: its states, its decisions, and that no call is lost by a rotation."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arkrun_certs.errors import MaterialError
from arkrun_certs.rotation.decision import Action
from arkrun_certs.rotation.path_policy import PathObservation, apply, decide
from arkrun_certs.rotation.path_state import (
    PathState,
    begin,
    create,
    decode,
    encode,
    find_token,
    is_accepted,
)
from builders_certs import DAY, NOW

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
PROPAGATION, SETTLE, ROTATION = timedelta(seconds=60), timedelta(seconds=30), 30 * DAY
LONG = DAY
PLAIN = PathState(A, NOW)
NEXT = PathState(A, NOW, upcoming=B)
ROTATED = PathState(B, NOW, retired=(A,))


def view(state: PathState | None, *called: str, **more: Any) -> PathObservation:
    """Build a view in which the configurations call these tokens, and the Secret's where none is named."""
    tokens = called or ((state.current,) if state else ())
    out_of_sync = ("x",) if state and set(tokens) != {state.current} else ()
    return PathObservation(state, called=tokens, out_of_sync=out_of_sync, **{"last_known": state, **more})


CASES: dict[str, tuple[PathObservation, timedelta, Action]] = {
    "no Secret and nothing known": (PathObservation(None, "gone"), timedelta(), Action.CREATE),
    "no Secret, but a token is known": (
        PathObservation(None, "gone", last_known=PLAIN),
        timedelta(),
        Action.RESTORE,
    ),
    "all is well": (view(PLAIN), timedelta(), Action.NONE),
    "a new configuration calls no token": (view(PLAIN, ""), timedelta(), Action.INJECT),
    "one of two was reset": (view(PLAIN, A, ""), timedelta(), Action.INJECT),
    "a configuration calls a token that nobody knows": (view(PLAIN, C), timedelta(), Action.INJECT),
    "the configurations cannot be read": (view(PLAIN, A, unreadable="403"), timedelta(), Action.WAIT),
    "the Secret was replaced by another": (
        view(PLAIN, C, last_known=PathState(C, NOW)),
        timedelta(),
        Action.RETAIN,
    ),
    "a token appeared that replicas do not know yet": (view(ROTATED, A), timedelta(), Action.WAIT),
    "replicas know the token that appeared": (
        view(ROTATED, A, known_for=PROPAGATION),
        timedelta(),
        Action.INJECT,
    ),
    "rotation is not due": (view(PLAIN, known_for=LONG), 29 * DAY, Action.NONE),
    "rotation is due": (view(PLAIN), 30 * DAY, Action.BEGIN),
    "the next token was seen just now": (view(NEXT), timedelta(), Action.WAIT),
    "the next token is known to all": (view(NEXT, known_for=PROPAGATION), timedelta(), Action.PROMOTE),
    "the next token is known, a configuration was reset": (
        view(NEXT, "", known_for=PROPAGATION),
        timedelta(),
        Action.INJECT,
    ),
    "the new path was written just now": (view(ROTATED, known_for=LONG), timedelta(), Action.WAIT),
    "the new path is called everywhere": (view(ROTATED, called_for=SETTLE), timedelta(), Action.DROP),
    "a next token waits until the old one is gone": (
        view(PathState(B, NOW, upcoming=C, retired=(A,)), known_for=LONG),
        timedelta(),
        Action.WAIT,
    ),
}


@pytest.mark.parametrize(("seen", "later", "action"), CASES.values(), ids=CASES.keys())
def test_what_is_done_next(seen: PathObservation, later: timedelta, action: Action) -> None:
    """Each situation has one next step."""
    decision = decide(seen, rotation=ROTATION, propagation=PROPAGATION, settle=SETTLE, now=NOW + later)

    assert decision.action == action


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (Action.PROMOTE, view(NEXT), PathState(B, NOW + DAY, retired=(A,))),
        (Action.DROP, view(ROTATED), PathState(B, NOW)),
        (Action.RETAIN, view(PLAIN, C, last_known=PathState(C, NOW)), PathState(A, NOW, retired=(C,))),
    ],
)
def test_what_an_action_leaves(action: Action, before: PathObservation, after: PathState) -> None:
    """Every step keeps what is still called."""
    assert apply(action, before, NOW + DAY) == after


def test_a_new_token_is_128_random_bits_that_a_path_may_hold() -> None:
    """The API server takes lower case letters, digits and dashes in a path."""
    first, second = create((), NOW), create((), NOW)

    assert first.tokens != second.tokens
    assert len(bytes.fromhex(first.current)) == 16
    assert first.current == first.current.lower()


def test_a_secret_that_was_lost_comes_back_with_the_token_in_use_and_another_to_come() -> None:
    """Nobody who is called now stops to answer, and whoever took the Secret away gets a new token."""
    restored = apply(Action.RESTORE, PathObservation(None, last_known=ROTATED), NOW)
    adopted = create(("", B, A), NOW)

    assert (restored.current, restored.retired, len(restored.upcoming)) == (B, (A,), 32)
    assert (adopted.current, adopted.retired, len(adopted.upcoming)) == (B, (A,), 32)


def test_a_rotation_that_is_under_way_is_not_begun_again() -> None:
    """Asking twice gives one next token."""
    assert begin(NEXT) == NEXT
    assert begin(PLAIN).current == A


@pytest.mark.parametrize("state", [PLAIN, NEXT, ROTATED, PathState(A, NOW, B, (C, D))])
def test_a_state_is_read_as_it_was_written(state: PathState) -> None:
    """What one replica writes, another reads; no token is in its repr()."""
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
def test_a_damaged_state_is_refused_without_showing_it(text: bytes) -> None:
    """The message may end in a log."""
    with pytest.raises(MaterialError) as refused:
        decode({"path.json": text})

    assert str(refused.value) == "path.json is invalid"


def test_an_empty_secret_is_one_that_was_never_written() -> None:
    """The chart renders it empty."""
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
def test_the_token_of_a_path(path: str, token: str) -> None:
    """A path that somebody else wrote has none."""
    assert find_token(path, "/mutate/arkruns") == token


@pytest.mark.parametrize(("token", "known"), [(A, True), (B, True), (C, False), ("", False), ("é", False)])
def test_what_is_is_accepted(token: str, known: bool) -> None:
    """Any of the known tokens, and nothing like them."""
    assert is_accepted(token, (A, B)) is known
    assert not is_accepted(token, ())


@dataclass
class Replica:
    """What one replica remembers, as `PathReconciler` does."""

    tokens: tuple[str, ...] = ()
    kept: PathState | None = None
    seen: dict[str, int] = field(default_factory=dict)
    held: tuple[str, int] = ("", 0)
    read_at: int = 0


class Cluster:
    """A Secret, two configurations whose API servers lag behind, and replicas that act in any order."""

    def __init__(self, replicas: int) -> None:
        self.second = 0
        self.secret: PathState | None = create((), NOW)
        self.called = [self.secret.current, self.secret.current]
        self.calls: list[tuple[int, str]] = []
        self.replicas = [Replica(self.secret.tokens, self.secret) for _ in range(replicas)]

    def wait(self, seconds: int) -> None:
        """Let time pass; every replica looks at the Secret at least once in the spread."""
        for _ in range(seconds):
            self.second += 1
            self.calls += [(self.second, each) for each in self.called]
            for each in self.replicas:
                if self.second - each.read_at >= PROPAGATION.total_seconds():
                    self.act(each)
            self.check()

    def check(self) -> None:
        """Hold what an API server may still call against what each replica accepts."""
        oldest = self.second - SETTLE.total_seconds()
        self.calls = [(at, token) for at, token in self.calls if at > oldest]
        for each in self.replicas:
            assert {token for _, token in self.calls if token} <= set(each.tokens)

    def act(self, replica: Replica) -> None:
        """Let a replica take one step."""
        state, now = self.secret, NOW + timedelta(seconds=self.second)
        replica.read_at = self.second
        seen = self._view(replica, state)
        decision = decide(seen, rotation=ROTATION, propagation=PROPAGATION, settle=SETTLE, now=now)
        if decision.action in (Action.CREATE, Action.RESTORE, Action.RETAIN):
            kept = replica.kept.tokens if replica.kept else ()
            replica.tokens = tuple({*(state.tokens if state else ()), *kept})
        elif state:
            replica.kept, replica.tokens = state, state.tokens
        if decision.action is Action.INJECT and state:
            self.called = [state.current, state.current]
        elif decision.action not in (Action.NONE, Action.WAIT):
            self.secret = apply(decision.action, seen, now)

    def _view(self, replica: Replica, state: PathState | None) -> PathObservation:
        if state is None:
            return PathObservation(None, last_known=replica.kept, called=tuple(self.called))
        replica.seen = {each: replica.seen.get(each, self.second) for each in state.tokens}
        out_of_sync = any(each != state.current for each in self.called)
        token = state.current if out_of_sync else state.upcoming or state.current
        if out_of_sync:
            replica.held = ("", 0)
        elif replica.held[0] != state.current:
            replica.held = (state.current, self.second)
        return PathObservation(
            state,
            last_known=replica.kept,
            called=tuple(self.called),
            out_of_sync=("x",) if out_of_sync else (),
            known_for=timedelta(seconds=self.second - replica.seen[token]),
            called_for=timedelta(seconds=self.second - replica.held[1]) if replica.held[0] else timedelta(),
        )


EVENTS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 70)),
    st.tuples(st.just("act"), st.integers(0, 2)),
    st.tuples(st.sampled_from(("rotate", "lose", "reset", "restart")), st.integers(0, 2)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_no_call_is_lost_whatever_happens_in_which_order(events: list[tuple[str, int]]) -> None:
    """Rotations, a lost Secret, a reset configuration and restarts: every replica accepts what is called."""
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
                # Each replica watches it, so one that knows its tokens is the first to act.
                cluster.secret = None
                cluster.act(replica)
            case "reset":
                cluster.called[number % 2] = ""
            case "restart":
                # Not ready, so not called, until it has read the Secret.
                cluster.replicas[number % 3] = Replica(read_at=cluster.second)
                for _ in range(3):
                    cluster.act(cluster.replicas[number % 3])
        cluster.check()


def test_a_rotation_ends_with_one_token() -> None:
    """After the time for everybody to learn, only the new token is accepted and called."""
    cluster = Cluster(3)
    before = cluster.called[0]
    assert cluster.secret
    cluster.secret = begin(cluster.secret)
    cluster.wait(400)

    assert cluster.secret.tokens == tuple(set(cluster.called))
    assert before not in cluster.called
    assert [each.tokens for each in cluster.replicas] == [cluster.secret.tokens] * 3
