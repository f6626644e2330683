"""The keys: states of the Secret, and that a rotation never signs with a key that is not published."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_history.errors import KeyringError
from arkrun_history.seal.keyring import Action, Keyring, SigningKey, apply, decide, decode, encode

NOW = datetime(2026, 3, 17, 10, 0, tzinfo=UTC)
ROTATION, AHEAD = timedelta(days=90), timedelta(days=1)
A, B = SigningKey.generate(), SigningKey.generate()
FRESH, OLD = Keyring(A, NOW), Keyring(A, NOW - ROTATION)
NEXT = Keyring(A, NOW - ROTATION, B, NOW)


def next_action(keyring: Keyring | None, *published: SigningKey, now: datetime = NOW) -> Action:
    """Decide with these keys in the ConfigMap."""
    ids = frozenset(key.public.id for key in published)
    return decide(keyring, ids, rotation=ROTATION, ahead=AHEAD, now=now)


@pytest.mark.parametrize(
    ("keyring", "published", "now", "expected"),
    [
        (None, (), NOW, Action.CREATE),
        (FRESH, (), NOW, Action.PUBLISH),
        (FRESH, (A,), NOW, Action.NONE),
        (OLD, (A,), NOW, Action.BEGIN),
        (NEXT, (A,), NOW + AHEAD, Action.PUBLISH),
        (NEXT, (A, B), NOW, Action.NONE),
        (NEXT, (A, B), NOW + AHEAD, Action.PROMOTE),
        (NEXT, (A, B), NOW - AHEAD, Action.PROMOTE),
        (Keyring(A), (), NOW, Action.PUBLISH),
        (Keyring(A), (A,), NOW + 9 * ROTATION, Action.NONE),
    ],
    ids=[
        "no key yet",
        "a key that nobody can know",
        "everything in place",
        "a key that is due",
        "a new key is published before it signs",
        "a new key waits",
        "a new key signs",
        "the clock was set back",
        "a key of yours",
        "a key of yours is not rotated",
    ],
)
def test_the_next_action(
    keyring: Keyring | None, published: tuple[SigningKey, ...], now: datetime, expected: Action
) -> None:
    """Decided from the Secret, the ConfigMap and the time."""
    assert next_action(keyring, *published, now=now) is expected


@given(st.lists(st.sampled_from(["act", "wait", "crash", "lose the ConfigMap"]), max_size=40))
def test_a_key_signs_only_when_it_is_published_and_no_seal_is_lost(events: list[str]) -> None:
    """Whatever happens in between, a key that has signed was published before, and stays."""
    keyring, published, signed, now = None, set[str](), set[str](), NOW
    for event in events:
        if event == "wait":
            now += timedelta(days=30)
        elif event == "lose the ConfigMap":
            published.clear()
        else:
            ids = frozenset(published)
            action = decide(keyring, ids, rotation=ROTATION, ahead=AHEAD, now=now)
            if action is Action.PUBLISH and keyring:
                published |= {key.id for key in keyring.public}
            elif action is not Action.NONE:
                keyring = apply(action, keyring, now)
        if keyring and keyring.current.public.id in published:
            signed.add(keyring.current.public.id)
        assert "lose the ConfigMap" in events or signed <= published


@pytest.mark.parametrize("keyring", [FRESH, NEXT, Keyring(A)])
def test_a_keyring_survives_its_secret(keyring: Keyring) -> None:
    """What is encoded decodes to the same keys and times."""
    found = decode(encode(keyring))

    assert (found.created, found.begun) == (keyring.created, keyring.begun)
    assert [key.raw for key in found.public] == [key.raw for key in keyring.public]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "seal.key is missing: expected an Ed25519 private key (PEM)"),
        ({"seal.key": b"x"}, "seal.key is not an Ed25519 private key (PEM, without a password)"),
        (encode(FRESH) | {"created": b"x"}, "created is not a time"),
    ],
)
def test_an_unusable_secret_is_refused_without_showing_it(data: dict[str, bytes], message: str) -> None:
    """The message says what was expected."""
    with pytest.raises(KeyringError) as caught:
        decode(data)

    assert str(caught.value) == message


def test_no_representation_shows_a_key() -> None:
    """It may end up in a log."""
    assert repr(FRESH) == f"Keyring(current=SigningKey(), created={NOW!r}, upcoming=None, begun=None)"
