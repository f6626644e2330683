"""The life of a release beside an operator, with Helm 3 and 4, including the loss of its Secret.

The command is the README's; the webhook runs as a process beside the API server.
"""

import re
import shlex
import time
from collections.abc import Iterator
from typing import Any

import pytest

from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from controlplane import ControlPlane
from recordings.foreign import install_foreign_crds
from support.builders.objects import run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource, spec_bytes
from support.repository import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

README = ROOT / "README.md"
SECRET = "/api/v1/namespaces/arkrun-system/secrets/arkrun-cert"
RECREATED_SECONDS = 60.0
OPERATOR = ("namespace/ark-system", "serviceaccount/ark-operator", "deployment/ark-operator")
REST = ["helm", "install", "arkrun", "charts/arkrun", "-n", "arkrun-system", "--create-namespace"]


def documented_values() -> dict[str, Any]:
    """Return the values set by the README's command for a cluster with an operator."""
    (block,) = re.findall(
        r"helm install [^\n]*(?:\\\n[^\n]*)*crds\.arkruns\.enabled=false[^\n]*", README.read_text()
    )
    words = shlex.split(block.replace("\\\n", " "))
    settings = [words[at + 1].partition("=") for at, word in enumerate(words) if word == "--set"]
    values: dict[str, Any] = {name: False if text == "false" else text for name, _, text in settings}
    assert [word for word in words if word != "--set" and "=" not in word] == [*REST, "--wait"]
    assert values.pop("image.repository")
    values["webhook.controllers"] = [values["webhook.controllers"].strip("{}")]
    return values


@pytest.fixture(params=["Helm 4", "Helm 3"])
def helm3(request: pytest.FixtureRequest) -> bool:
    """Run the test with each major version of Helm."""
    return bool(request.param == "Helm 3")


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    """Prepare a cluster with an operator, its CRDs, a team and a run."""
    with ControlPlane() as plane:
        install_foreign_crds(plane)
        plane.kubectl("create", "namespace", "ark-system")
        plane.kubectl("-n", "ark-system", "create", "serviceaccount", "ark-operator")
        plane.kubectl("-n", "ark-system", "create", "deployment", "ark-operator", "--image=ark")
        for plural, body in ((TEAM_PLURAL, team()), (RUN_PLURAL, run("old"))):
            assert Resource(plane.api, "default", plural).create(body).status == 201
        yield plane


def of_the_operator(plane: ControlPlane) -> dict[str, str]:
    """Return the uid and resourceVersion of every object of the operator and its users."""
    form = "-o=jsonpath={.metadata.uid} {.metadata.resourceVersion}"
    versions = {
        name: plane.kubectl("get", name, "-n", "ark-system", form).stdout
        for name in (*OPERATOR, f"crd/{RUN_PLURAL}.{GROUP}", f"crd/{TEAM_PLURAL}.{GROUP}")
    }
    for plural, name in ((TEAM_PLURAL, "blog"), (RUN_PLURAL, "old")):
        versions[name] = plane.kubectl("get", plural, name, form).stdout
    return versions


def secret(plane: ControlPlane) -> dict[str, Any]:
    """Wait until the certificate's Secret is filled, and return it."""
    deadline = time.monotonic() + RECREATED_SECONDS
    while (answer := plane.api.call("GET", SECRET)).status != 200 or not answer.json().get("data"):
        assert time.monotonic() < deadline, answer.body
        time.sleep(0.2)
    stored: dict[str, Any] = answer.json()
    return stored


def holds(installed: Installation, name: str) -> None:
    """Create a run and check that it is stamped and that neither it nor the old run can be changed."""
    runs = Resource(installed.control_plane.api, "default", RUN_PLURAL)
    created = runs.create(run(name))
    assert created.status == 201, created.message
    assert created.json()["metadata"]["labels"] == {TEAM_LABEL: "blog"}
    for each in (name, "old"):
        refused = runs.patch(each, {"spec": {"maxTokens": 1}})
        assert (refused.status, "'arkrun-record'" in refused.message) == (422, True), refused.message


def test_a_release_is_installed_upgraded_and_uninstalled_beside_an_operator(
    plane: ControlPlane, helm3: bool
) -> None:
    """Every Helm command works, even without the Secret, and leaves the operator's objects alone."""
    installed = Installation(plane, values=documented_values(), helm3=helm3)
    helm, namespace = installed.helm, ("--namespace", "arkrun-system")
    before = of_the_operator(plane)
    runs = Resource(plane.api, "default", RUN_PLURAL)
    upgrade = ("upgrade", *installed.helm_arguments("upgrade")[1:], "--set", "webhook.timeoutSeconds=7")

    installed.install("install")
    installed.start_webhook()
    holds(installed, "installed")
    helm(*upgrade)
    holds(installed, "upgraded")
    helm("rollback", "arkrun", "1", *namespace)
    holds(installed, "rolled-back")

    first = secret(plane)
    plane.kubectl("-n", "arkrun-system", "delete", "secret", "arkrun-cert")
    again = secret(plane)
    assert again["metadata"]["uid"] != first["metadata"]["uid"]
    assert again["type"] == first["type"] == "Opaque"
    helm(*upgrade)
    helm("rollback", "arkrun", "1", *namespace)
    assert secret(plane)["data"].keys() >= first["data"].keys()  # plus the CA of a pending rotation
    holds(installed, "secret-lost")

    installed.stop_webhook()
    specs = {name: spec_bytes(runs.get(name)) for name in ("installed", "old")}
    helm("uninstall", "arkrun", *namespace)
    assert plane.api.call("GET", SECRET).status == 404
    assert {name: spec_bytes(runs.get(name)) for name in specs} == specs
    assert until_created(runs, "unstamped").status == 201
    assert runs.patch("installed", {"spec": {"maxTokens": 1}}).status == 422

    # The recreated ServiceAccount has a new token, so a new process is needed.
    with Installation(plane, values=documented_values(), helm3=helm3) as again_installed:
        holds(again_installed, "reinstalled")
        plane.kubectl("-n", "arkrun-system", "delete", "secret", "arkrun-cert")
        secret(plane)
        helm("uninstall", "arkrun", *namespace)
    assert plane.api.call("GET", SECRET).status == 404
    installed.install("install")
    assert of_the_operator(plane) == before


def until_created(runs: Resource, name: str) -> Any:
    """Retry until a run is created: the API server may still call the uninstalled webhook."""
    deadline = time.monotonic() + RECREATED_SECONDS
    while (answer := runs.create(run(name))).status != 201:
        assert time.monotonic() < deadline, answer.message
        time.sleep(0.2)
    return answer
