"""A stage of its own for each certificate test."""

import pytest

from certs_stage import Stage
from controlplane import ControlPlane


@pytest.fixture
def stage(control_plane: ControlPlane, namespace: str) -> Stage:
    """Give a namespace and a configuration that only this test uses."""
    return Stage(control_plane, namespace)
