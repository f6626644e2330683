"""The chart's policies and its history component, which seals, on our CRDs and on those of an operator."""

from collections.abc import Iterator

import pytest

from support.repository import CRDS
from seal.foreign import install_operator_crds
from seal.stage import SealStage, seal_stage


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealStage]:
    """Hold our own CRDs."""
    directory = tmp_path_factory.mktemp("ours")
    with seal_stage(directory, lambda control_plane: control_plane.apply_crds(CRDS)) as stage:
        yield stage


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealStage]:
    """Hold the permissive CRDs of an operator."""
    with seal_stage(tmp_path_factory.mktemp("foreign"), install_operator_crds) as stage:
        yield stage


@pytest.fixture(params=["our CRDs", "foreign CRDs"])
def stage(request: pytest.FixtureRequest) -> SealStage:
    """Run a test in both worlds."""
    found: SealStage = request.getfixturevalue("ours" if request.param == "our CRDs" else "foreign")
    return found
