"""Fixtures of the certificate tests."""

import pytest

from certs_stage import Stage
from controlplane import ControlPlane


@pytest.fixture
def stage(control_plane: ControlPlane, namespace: str) -> Stage:
    """Return a stage whose namespace and configuration only this test uses."""
    return Stage(control_plane, namespace)
