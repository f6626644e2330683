"""The chart in a cluster where an operator already has its own CRDs and runs; nothing is lost."""

import json
from collections.abc import Iterator

import pytest

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import ControlPlane
from recordings.foreign import install_foreign_crds
from support.builders.objects import run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource, spec_bytes
from support.repository import CHART

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

OLD_RUN = run("old", pipeline=[{"role": "a", "newField": [1, {"b": "c"}]}], input={"topic": "x"})
# There is no kubelet that could run the startup check.
INSTALL = ("install", "arkrun", str(CHART), "-n", "arkrun-system", "--create-namespace", "--no-hooks")


@pytest.fixture(scope="module")
def operated() -> Iterator[ControlPlane]:
    """Start a cluster with an operator's CRDs and a run that was never stamped."""
    with ControlPlane() as plane:
        install_foreign_crds(plane)
        for plural, body in ((TEAM_PLURAL, team()), (RUN_PLURAL, OLD_RUN)):
            plane.kubectl("create", "-f", "-", input=json.dumps(body))
            assert Resource(plane.api, "default", plural).get(body["metadata"]["name"]).status == 200
        yield plane


def test_helm_does_not_adopt_an_existing_crd_by_accident(operated: ControlPlane) -> None:
    """Unless the values say what to do with the CRDs, the installation fails before it changes anything."""
    refused = operated.helm(*INSTALL, check=False)

    assert refused.returncode != 0
    assert f'CustomResourceDefinition "{RUN_PLURAL}.{GROUP}"' in refused.stderr
    assert "invalid ownership metadata" in refused.stderr
    assert operated.kubectl("get", "mutatingwebhookconfiguration", "-o", "name").stdout == ""
    operated.helm("uninstall", "arkrun", "-n", "arkrun-system", "--ignore-not-found")


def test_the_webhook_protects_runs_of_the_operators_crds(operated: ControlPlane) -> None:
    """Every change of spec is sent to the webhook, for old and new runs, with and without policies."""
    runs = Resource(operated.api, "default", RUN_PLURAL)
    values = {"crds.arkruns.enabled": False, "crds.arkteams.enabled": False, "policies.enabled": False}

    with Installation(operated, values=values):
        assert runs.create(run("new")).json()["metadata"]["labels"] == {TEAM_LABEL: "blog"}
        for name in ("old", "new"):
            answer = runs.patch(name, {"spec": {"maxTokens": 1}})
            assert (answer.status, answer.json()["reason"]) == (422, "Invalid"), answer.message
            assert "validate.arkruns.arkonis.dev" in answer.message
            assert runs.patch(name, {"spec": {}, "metadata": {"labels": {"app": "x"}}}).status == 200
        operated.helm("uninstall", "arkrun", "-n", "arkrun-system", "--wait")

    assert [runs.delete("new").status, runs.get("old").status] == [200, 200]


def test_adopting_the_crds_preserves_existing_runs(operated: ControlPlane) -> None:
    """With --take-ownership our CRDs replace the operator's, and stored runs stay unchanged."""
    runs = Resource(operated.api, "default", RUN_PLURAL)
    before = spec_bytes(runs.get("old"))

    operated.helm(*INSTALL, "--take-ownership", "--force-conflicts")
    operated.wait_for_crds("crd", "--all")

    after = runs.get("old")
    assert spec_bytes(after) == before
    assert runs.patch("old", {"metadata": {"labels": {"app": "y"}}}).status == 200
    assert spec_bytes(runs.get("old")) == before
