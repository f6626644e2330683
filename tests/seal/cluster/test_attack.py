"""A short run of `python -m attack_seal`, which makes thousands of edits and lifecycles."""

import pytest

from attack_seal.runner import attack, run_lifecycles
from seal.cluster.environment import SealEnvironment

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


def test_every_edit_in_etcd_is_detected(env: SealEnvironment) -> None:
    """The edits are of spec, status, identity and seals, and copies."""
    _, wrong = attack(env, 150, seed=20261124, size=9)

    assert wrong == []


def test_no_legitimate_lifecycle_looks_altered(env: SealEnvironment) -> None:
    """The lifecycles have retries, restores, key rotations and a killed sealer."""
    lifecycles = run_lifecycles(env, 24, seed=20261124, rounds=2)

    assert lifecycles.altered == []
