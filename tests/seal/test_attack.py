"""A short attack in etcd and a few lives; `python -m attack_seal` makes thousands."""

import pytest

from attack_seal.runner import attack, live
from seal.stage import SealStage

pytestmark = pytest.mark.cluster


def test_every_edit_in_etcd_gets_the_right_answer(stage: SealStage) -> None:
    """Spec, status, identity, seals and copies."""
    _, wrong = attack(stage, 150, seed=20261124, size=9)

    assert wrong == []


def test_no_legitimate_life_looks_altered(stage: SealStage) -> None:
    """With retries, restores, rotations and a killed sealer."""
    led = live(stage, 24, seed=20261124, rounds=2)

    assert led.altered == []
