"""Issued certificates, verified by OpenSSL."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from itertools import product

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import BasicConstraints, KeyUsage

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki import x509
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import Action
from support.certs.builders import DAY, NOW, fresh, openssl_verify, other, rotating, settings


def at(days: float = 0) -> tuple[str, str]:
    """Return the arguments that make openssl verify as of a day after NOW."""
    return "-attime", str(int((NOW + days * DAY).timestamp()))


def test_openssl_verifies_the_chain_for_every_name() -> None:
    """A strict verification as a server certificate succeeds for DNS name and IP address."""
    state = fresh()

    by_name = openssl_verify(state.bundle, state.pair.pem, *at(), "-verify_hostname", "webhook.default.svc")
    by_address = openssl_verify(state.bundle, state.pair.pem, *at(), "-verify_ip", "127.0.0.1")

    assert by_name.stdout.endswith(": OK\n")
    assert by_address.stdout.endswith(": OK\n")


@pytest.mark.parametrize(
    ("bundle", "day", "name", "problem"),
    [
        (other().bundle, 0, "webhook.default.svc", "unable to get local issuer certificate"),
        (fresh().bundle, 0, "webhook.other.svc", "hostname mismatch"),
        (fresh().bundle, 31, "webhook.default.svc", "certificate has expired"),
    ],
    ids=["unknown CA", "another name", "expired"],
)
def test_openssl_refuses_another_ca_another_name_and_an_expired_leaf(
    bundle: bytes, day: int, name: str, problem: str
) -> None:
    """The bundle verifies nothing but its own leaf for its own names and lifetime."""
    verdict = openssl_verify(bundle, fresh().pair.pem, *at(day), "-verify_hostname", name)

    assert verdict.returncode != 0
    assert problem in verdict.stderr


def test_openssl_verifies_every_leaf_with_every_bundle_of_each_phase() -> None:
    """In each phase of a rotation, any leaf that may be served is valid for any bundle in use."""
    old = fresh()
    begun = rotating()
    new = transitions.apply(begun, Action.PROMOTE, settings(), NOW)
    dropped = transitions.apply(replace(new, retired=()), Action.RENEW, settings(), NOW + DAY)
    phases = [
        ((old,), (old, begun)),
        ((old,), (begun,)),
        ((old, new), (begun, new)),
        ((new, dropped), (new, dropped)),
    ]

    for leaves, bundles in phases:
        for leaf, bundle in product(leaves, bundles):
            assert openssl_verify(bundle.bundle, leaf.pair.pem, *at(1)).stdout.endswith(": OK\n")
    assert openssl_verify(old.bundle, new.pair.pem, *at(1)).returncode != 0
    assert openssl_verify(dropped.bundle, old.pair.pem, *at(1)).returncode != 0


def test_keys_are_p256_and_usage_is_restricted() -> None:
    """The CA may sign leaves only, and the leaf may not sign certificates."""
    authority, leaf = fresh().authority.certificate, fresh().pair.leaf
    key = authority.public_key()

    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert authority.extensions.get_extension_for_class(BasicConstraints).value.path_length == 0
    assert not leaf.extensions.get_extension_for_class(BasicConstraints).value.ca
    assert authority.extensions.get_extension_for_class(KeyUsage).value.key_cert_sign
    assert not leaf.extensions.get_extension_for_class(KeyUsage).value.key_cert_sign


def test_certificates_are_backdated_and_expire_as_configured() -> None:
    """A verifier whose clock is behind accepts them as well."""
    authority, leaf = fresh().authority.certificate, fresh().pair.leaf

    assert authority.not_valid_after_utc == NOW + 365 * DAY
    assert leaf.not_valid_after_utc == NOW + 30 * DAY
    assert leaf.not_valid_before_utc == authority.not_valid_before_utc == NOW - timedelta(days=90)


def test_a_leaf_never_outlives_its_ca() -> None:
    """A longer lifetime is cut at the expiry of the CA."""
    pair = x509.issue_pair(fresh().authority, ("a.example.com",), (), 400 * DAY, NOW)

    assert pair.leaf.not_valid_after_utc == fresh().authority.certificate.not_valid_after_utc


def test_cas_with_the_same_name_have_different_subjects() -> None:
    """Verifiers look up the issuer in a bundle by its subject."""
    name = "x" * 253
    first, second = (x509.make_authority(name, DAY, NOW).certificate for _ in range(2))

    assert first.subject != second.subject


def test_missing_names_are_returned() -> None:
    """An IP address is not looked up among the DNS names."""
    names = settings(dns_names=("webhook.default.svc", "b"), ip_addresses=("127.0.0.1", "::1"))

    assert x509.missing_names(fresh().pair.leaf, names.dns_names, names.ip_addresses) == ("b", "::1")
    assert x509.names_in(fresh().pair.leaf) == (("webhook.default.svc",), (ip_address("127.0.0.1"),))


def test_a_key_of_another_certificate_is_refused() -> None:
    """A pair of mismatched certificate and key cannot be built."""
    with pytest.raises(MaterialError) as refused:
        x509.Pair(fresh().pair.chain, other().pair.key)

    assert str(refused.value) == ("the private key does not belong to the certificate CN=webhook.default.svc")


def test_an_invalid_key_is_refused_without_quoting_it() -> None:
    """The message contains no part of the key."""
    with pytest.raises(MaterialError) as refused:
        x509.load_key(b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")

    assert str(refused.value) == "not an unencrypted PEM private key"
