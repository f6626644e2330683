"""The chart's policies and its history component, which seals, on our CRDs and on those of an operator."""

from collections.abc import Iterator

import pytest

from seal.cluster.environment import SealEnvironment, seal_environment
from seal.cluster.foreign import install_operator_crds
from support.repository import CRDS


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealEnvironment]:
    """Hold our own CRDs."""
    directory = tmp_path_factory.mktemp("ours")
    with seal_environment(directory, lambda control_plane: control_plane.apply_crds(CRDS)) as env:
        yield env


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealEnvironment]:
    """Hold the permissive CRDs of an operator."""
    with seal_environment(tmp_path_factory.mktemp("foreign"), install_operator_crds) as env:
        yield env


@pytest.fixture(params=["our CRDs", "foreign CRDs"])
def env(request: pytest.FixtureRequest) -> SealEnvironment:
    """Run a test in both worlds."""
    found: SealEnvironment = request.getfixturevalue("ours" if request.param == "our CRDs" else "foreign")
    return found
