"""The soak of `make soak-history`, short."""

from pathlib import Path

import pytest

from controlplane import ControlPlane
from soak_history.__main__ import CRDS, Soak

pytestmark = pytest.mark.cluster

MEMORY_KIB = 150 * 1024
"""What the history may have with 10,000 runs; with few it has less."""


def test_two_replicas_under_blows(tmp_path: Path) -> None:
    """Killed twice, the API server gone in between: the right runs are left, in bounded memory."""
    with ControlPlane() as control_plane:
        control_plane.apply_crds(CRDS)
        soak = Soak(control_plane, tmp_path, teams=6, runs=180)

        assert soak.run(kills=2, seconds=60)

    assert 0 < soak.most_memory < MEMORY_KIB
