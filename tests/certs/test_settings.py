"""Validation of the settings."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from arkrun_certs import CertificateSettings
from arkrun_certs.settings import parse_duration
from support.certs.builders import settings


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("5m", timedelta(minutes=5)),
        ("2.5s", timedelta(seconds=2.5)),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, value: timedelta) -> None:
    """Days are allowed in addition to the units of Go durations."""
    assert parse_duration(text) == value


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"secret": ""}, "certificate mode self-signed needs secret"),
        ({"secret": "", "namespace": ""}, "certificate mode self-signed needs namespace, secret"),
        (
            {"dns_names": (), "ip_addresses": ()},
            (
                "certificate mode self-signed needs dns_names or ip_addresses: "
                "no client can verify a certificate without a name"
            ),
        ),
        ({"mode": "files"}, "certificate mode files needs directory"),
        (
            {"leaf_validity": "200d"},
            (
                "leaf_validity 200 days, 0:00:00 and settle 0:00:01 do not fit into the 121 days, 13:04:48 "
                "that a CA has left when it is rotated: lower leaf_validity, or raise ca_validity "
                "(365 days, 0:00:00)"
            ),
        ),
        ({"ca_validity": "1y"}, '"1y" is not a duration: write a number and s, m, h or d, such as "30d"'),
    ],
)
def test_invalid_settings_are_refused(given: dict[str, object], message: str) -> None:
    """The message contains the given value, the requirement and the remedy."""
    with pytest.raises(ValidationError) as refused:
        settings(**given)

    assert [error["msg"] for error in refused.value.errors()] == [f"Value error, {message}"]


def test_a_ca_is_valid_for_a_year_and_a_leaf_for_a_month_by_default() -> None:
    """Both are renewed after two thirds of their lifetime."""
    given = CertificateSettings(namespace="a", secret="b", dns_names=("c",))

    assert (given.ca_validity, given.leaf_validity, given.renew_at) == (
        timedelta(days=365),
        timedelta(days=30),
        0.667,
    )


def test_settings_are_the_same_after_a_round_trip_through_json() -> None:
    """Tests pass them to another process this way."""
    given = settings(leaf_validity="2.5d", validating_configurations=("a",))

    assert CertificateSettings.model_validate_json(given.model_dump_json()) == given
