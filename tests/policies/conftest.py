"""API servers without webhook configurations, where only CRDs and policies apply."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from arkrun_crd.names import RUN_PLURAL
from controlplane import ControlPlane
from policies.builders import record
from recordings.foreign import install_foreign_crds
from support.builders.objects import run
from support.cluster.namespaces import create_namespace
from support.cluster.resources import Resource
from support.repository import CHART, CRDS

RELEASE = ("arkrun", "--namespace", "arkrun-system")
CONFIGURATIONS = "mutatingwebhookconfiguration,validatingwebhookconfiguration"
EFFECTIVE_SECONDS = 30.0


@dataclass(frozen=True)
class World:
    """An API server with CRDs of one origin and the policies of a release whose webhook is gone."""

    control_plane: ControlPlane

    def runs(self, user: str = "") -> Resource:
        """Return the runs of a new namespace, as an administrator unless a user is given."""
        api = self.control_plane.api.impersonate(user) if user else self.control_plane.api
        return Resource(api, create_namespace(self.control_plane), RUN_PLURAL)


@contextmanager
def without_webhook(control_plane: ControlPlane) -> Iterator[World]:
    """Install the chart beside the CRDs that are there, and delete both configurations."""
    # Nobody listens on port 1; there is no kubelet that could run pods or hooks.
    values = (
        "crds.arkruns.enabled=false",
        "crds.arkteams.enabled=false",
        "webhook.url=https://127.0.0.1:1/0123456789abcdef0123456789abcdef",
    )
    options = ("--create-namespace", "--no-hooks", *(f"--set={value}" for value in values))
    control_plane.helm("install", *RELEASE[:1], str(CHART), *RELEASE[1:], *options)
    control_plane.kubectl("delete", CONFIGURATIONS, "arkrun")
    wait_for_policies(Resource(control_plane.api, "default", RUN_PLURAL))
    yield World(control_plane)


def wait_for_policies(runs: Resource) -> None:
    """Wait until the API server acts on both policies: it learns of them by a watch."""
    deadline = time.monotonic() + EFFECTIVE_SECONDS
    for policy, probe in (("arkrun-stamp", run("probe")), ("arkrun-record", record(restored="no"))):
        while f"ValidatingAdmissionPolicy '{policy}'" not in runs.create(probe, "?dryRun=All").message:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="session")
def ours() -> Iterator[World]:
    """Install the policies beside our own CRDs."""
    with ControlPlane() as control_plane:
        control_plane.apply_crds(CRDS)
        with without_webhook(control_plane) as world:
            yield world


@pytest.fixture(scope="session")
def foreign() -> Iterator[World]:
    """Install the policies beside permissive CRDs without our rules."""
    with ControlPlane() as control_plane:
        install_foreign_crds(control_plane)
        with without_webhook(control_plane) as world:
            yield world


@pytest.fixture(params=["our CRDs", "foreign CRDs"])
def world(request: pytest.FixtureRequest) -> World:
    """Run a test in both worlds."""
    held: World = request.getfixturevalue("ours" if request.param == "our CRDs" else "foreign")
    return held
