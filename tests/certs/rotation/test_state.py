"""Decoding the state of a Secret."""

import json

import pytest

from arkrun_certs.errors import MaterialError
from arkrun_certs.rotation.state import decode, encode
from support.certs.builders import fresh, other, rotating

GOOD = encode(rotating())


def without(key: str) -> dict[str, bytes]:
    """Return the data without one key."""
    return {name: value for name, value in GOOD.items() if name != key}


def metadata(**changes: object) -> bytes:
    """Return state.json with changes."""
    return json.dumps({**json.loads(GOOD["state.json"]), **changes}).encode()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "tls.crt, tls.key, ca.crt, ca.key, state.json is missing or empty"),
        (without("ca.key"), "ca.key is missing or empty"),
        ({**GOOD, "tls.crt": b""}, "tls.crt is missing or empty"),
        ({**GOOD, "tls.crt": b"garbage"}, "tls.crt: not PEM certificates: "),
        ({**GOOD, "ca.crt": b"\xff\xfe\x00"}, "ca.crt: not PEM certificates: "),
        ({**GOOD, "tls.key": b"garbage"}, "not an unencrypted PEM private key"),
        (
            {**GOOD, "tls.key": encode(other())["tls.key"]},
            "the private key does not belong to the certificate CN=webhook.default.svc",
        ),
        (
            {**GOOD, "ca.key": encode(other())["ca.key"]},
            "the private key does not belong to the certificate CN=certs CA ",
        ),
        (
            {**GOOD, "ca.crt": encode(other())["ca.crt"], "ca.key": encode(other())["ca.key"]},
            "next-ca.key belongs to no certificate of ca.crt",
        ),
        (
            {**encode(fresh()), "ca.crt": encode(other())["ca.crt"], "ca.key": encode(other())["ca.key"]},
            "tls.crt was not signed by the first certificate of ca.crt",
        ),
        (
            {**GOOD, "ca.crt": GOOD["tls.crt"] + GOOD["ca.crt"], "ca.key": GOOD["tls.key"]},
            "CN=webhook.default.svc is not a CA",
        ),
        ({**GOOD, "next-ca.key": b"garbage"}, "not an unencrypted PEM private key"),
        ({**GOOD, "state.json": b"{"}, "state.json is invalid: "),
        ({**GOOD, "state.json": b"[]"}, "state.json is invalid: "),
        ({**GOOD, "state.json": metadata(rotated="yesterday")}, "state.json is invalid: "),
        (
            {**GOOD, "state.json": metadata(rotated="2026-01-01T00:00:00")},
            'state.json is invalid: "2026-01-01T00:00:00" has no time zone',
        ),
    ],
)
def test_an_invalid_secret_is_refused_with_the_invalid_key(data: dict[str, bytes], problem: str) -> None:
    """Truncated, mismatched and foreign data raise MaterialError, whose message contains no private key."""
    with pytest.raises(MaterialError) as refused:
        decode(data)

    assert str(refused.value).startswith(problem)
    assert "PRIVATE KEY" not in str(refused.value)


def test_a_ca_added_by_hand_is_trusted_until_the_last_leaf_expires() -> None:
    """A CA in the bundle that state.json does not mention counts as retired."""
    added = {**encode(fresh()), "ca.crt": fresh().bundle + other().bundle}

    retired = decode(added).retired

    assert [each.certificate for each in retired] == [other().authority.certificate]
    assert retired[0].until == fresh().last_expiry


def test_the_secret_has_the_keys_of_a_kubernetes_tls_secret() -> None:
    """Other tools find the leaf, its key and the whole bundle."""
    data = encode(rotating())

    assert sorted(data) == ["ca.crt", "ca.key", "next-ca.key", "state.json", "tls.crt", "tls.key"]
    assert data["tls.crt"].count(b"BEGIN CERTIFICATE") == 1
    assert data["ca.crt"].count(b"BEGIN CERTIFICATE") == 2
