"""The startup check of the chart's Job: it succeeds once the API server calls the webhook."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controlplane import ControlPlane
from support.cluster.installation import Installation
from support.cluster.namespaces import OPT_OUT, create_namespace
from support.rendering import NAMESPACE, URL, Rendering

pytestmark = pytest.mark.cluster


def check(
    control_plane: ControlPlane, command: list[str], kubeconfig: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the container's command as a process."""
    assert command[0] == "python"
    environment = control_plane.environment(kubeconfig)
    return subprocess.run(
        [sys.executable, *command[1:]], env=environment, capture_output=True, text=True, check=False
    )


def container(hook: dict[str, Any]) -> dict[str, Any]:
    """Return the single container of a Job or Pod."""
    spec = hook["spec"]
    (only,) = spec.get("template", {"spec": spec})["spec"]["containers"]
    return dict(only)


def test_the_check_succeeds_with_the_permissions_of_the_chart(
    chart: Rendering, admission: Installation
) -> None:
    """With the Job's command and ServiceAccount, the webhook's refusals of a run and a team are received."""
    plane = admission.control_plane
    hooks = chart.hooks({"startupCheck": {"seconds": 30}})
    for kind in ("ServiceAccount", "Role", "RoleBinding"):
        plane.kubectl("apply", "-f", "-", input=json.dumps(hooks[kind]))
    token = plane.kubectl("create", "token", "arkrun-check", "-n", NAMESPACE).stdout.strip()

    done = check(plane, container(hooks["Job"])["command"], plane.token_kubeconfig("arkrun-check", token))

    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout == (
        f'arkrun: the API server calls the webhook for runs and teams in namespace "{NAMESPACE}"\n'
    )


def test_the_check_fails_where_the_webhook_is_not_called(chart: Rendering, admission: Installation) -> None:
    """A dry run that reached no webhook is a failure."""
    plane = admission.control_plane
    namespace = create_namespace(plane, {OPT_OUT: "off"})
    hooks = chart.hooks({"startupCheck": {"seconds": 1, "namespace": namespace}})

    done = check(plane, container(hooks["Job"])["command"])

    assert done.returncode == 1
    assert done.stderr == (
        "arkrun: after 1 s the API server still does not call the webhook: mutate.arkruns.arkonis.dev was "
        f'not called for a dry run in namespace "{namespace}": its configuration is missing, ignores '
        "failures, or its namespaceSelector leaves this namespace out\n"
    )


def test_the_check_is_a_hook_of_install_upgrade_and_rollback(chart: Rendering) -> None:
    """By default helm succeeds only if the webhook works, and then deletes the check's objects."""
    hooks = chart.hooks()

    assert set(hooks) == {"ServiceAccount", "Role", "RoleBinding", "Job"}
    assert {each["metadata"]["annotations"]["helm.sh/hook"] for each in hooks.values()} == {
        "post-install,post-upgrade,post-rollback"
    }
    assert {each["metadata"]["annotations"]["helm.sh/hook-delete-policy"] for each in hooks.values()} == {
        "before-hook-creation,hook-succeeded"
    }


def test_the_check_can_be_a_helm_test(chart: Rendering) -> None:
    """On request the same container runs in `helm test` instead."""
    on_demand = chart.hooks({"startupCheck": {"hook": "test"}})

    assert {each["metadata"]["annotations"]["helm.sh/hook"] for each in on_demand.values()} == {"test"}
    assert container(on_demand["Pod"]) == container(chart.hooks()["Job"])


@pytest.mark.parametrize("values", [{"startupCheck": {"hook": "none"}}, {"webhook": {"url": URL}}])
def test_the_check_can_be_disabled(chart: Rendering, values: dict[str, Any]) -> None:
    """Without our pods there is nothing to wait for."""
    assert chart.hooks(values) == {}


def test_no_service_selects_the_pod_of_the_check(chart: Rendering) -> None:
    """The Service and the disruption budget do not count the check's pod."""
    labels = chart.hooks()["Job"]["spec"]["template"]["metadata"]["labels"]

    selector = chart.one("Service")["spec"]["selector"]
    assert not selector.items() <= labels.items()
