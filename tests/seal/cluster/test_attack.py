"""A short attack in etcd and a few lives; `python -m attack_seal` makes thousands."""

import pytest

from attack_seal.runner import attack, live
from seal.cluster.environment import SealEnvironment

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


def test_every_edit_in_etcd_gets_the_right_answer(env: SealEnvironment) -> None:
    """Spec, status, identity, seals and copies."""
    _, wrong = attack(env, 150, seed=20261124, size=9)

    assert wrong == []


def test_no_legitimate_life_looks_altered(env: SealEnvironment) -> None:
    """With retries, restores, rotations and a killed sealer."""
    led = live(env, 24, seed=20261124, rounds=2)

    assert led.altered == []
