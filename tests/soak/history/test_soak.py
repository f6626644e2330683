"""A short run of `make soak-history`."""

from pathlib import Path

import pytest

from controlplane import ControlPlane
from soak.history.__main__ import Soak
from support.repository import CRDS

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

MAX_MEMORY_KIB = 150 * 1024
"""The limit for 10,000 runs."""


def test_replicas_that_are_killed_retain_exactly_the_right_runs(tmp_path: Path) -> None:
    """The leader is killed twice, the API server restarted in between, and memory stays below the limit."""
    with ControlPlane() as control_plane:
        control_plane.apply_crds(CRDS)
        soak = Soak(control_plane, tmp_path, teams=6, runs=180)

        assert soak.run(kills=2, seconds=60)

    assert 0 < soak.peak_memory_kib < MAX_MEMORY_KIB
