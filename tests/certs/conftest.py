"""Fixtures of the certificate tests."""

import pytest

from controlplane import ControlPlane
from support.certs.environment import Environment


@pytest.fixture
def env(control_plane: ControlPlane, namespace: str) -> Environment:
    """Return an environment whose namespace and configuration only this test uses."""
    return Environment(control_plane, namespace)
