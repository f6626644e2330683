"""The two API servers on which recordings are replayed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from controlplane import ControlPlane
from recordings import OPERATOR, Recording, Replay
from recordings.foreign import install_foreign_crds
from recordings.installation import installed_beside
from support.cluster.installation import Installation
from support.cluster.namespaces import create_namespace


@dataclass(frozen=True)
class World:
    """An API server with the chart and CRDs of one origin."""

    installed: Installation

    def replay(self, recording: Recording) -> Replay:
        """Prepare a replay in a new namespace."""
        control_plane = self.installed.control_plane
        return Replay(control_plane.api, create_namespace(control_plane), recording)


@pytest.fixture(scope="session")
def ours(admission: Installation) -> World:
    """Return the installation with our own CRDs and the operator as a named controller."""
    _let_the_operator_in(admission.control_plane)
    return World(admission)


@pytest.fixture(scope="session")
def foreign() -> Iterator[World]:
    """Return the chart beside permissive CRDs without our rules, with the operator as a named controller."""
    with installed_beside(install_foreign_crds) as installed:
        _let_the_operator_in(installed.control_plane)
        yield World(installed)


@pytest.fixture(params=["our CRDs", "foreign CRDs"])
def world(request: pytest.FixtureRequest) -> World:
    """Run the test on both API servers."""
    chosen: World = request.getfixturevalue("ours" if request.param == "our CRDs" else "foreign")
    return chosen


def _let_the_operator_in(control_plane: ControlPlane) -> None:
    control_plane.kubectl(
        "create", "clusterrolebinding", "ark-operator", "--clusterrole=cluster-admin", f"--user={OPERATOR}"
    )
