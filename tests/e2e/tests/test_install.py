"""The chart with its defaults on real nodes: pods, permissions and the scenes of `make demo`."""

import io
import json
import shutil

import pytest

from demo import story
from demo.shell import Shell
from demo.terminal import Terminal
from e2e.cluster import Cluster, NoClusterError
from e2e.release import Release
from support.repository import CHART

pytestmark = pytest.mark.node

READY_NODES = "{range .items[?(@.status.conditions[-1:].status=='True')]}{.metadata.name}{'\\n'}{end}"


def test_two_pods_serve_on_two_nodes(release: Release) -> None:
    """Pod Security `restricted` admits them, none was restarted, and they run on different nodes."""
    pods = release.pods()

    assert [pod["status"]["phase"] for pod in pods] == ["Running", "Running"]
    statuses = [status for pod in pods for status in pod["status"]["containerStatuses"]]
    assert [(each["ready"], each["restartCount"]) for each in statuses] == [(True, 0), (True, 0)]
    nodes = release.cluster.kubectl("get", "nodes", "-o", f"jsonpath={READY_NODES}").split()
    assert len({pod["spec"]["nodeName"] for pod in pods}) == min(2, len(nodes))


def test_the_startup_check_leaves_no_objects(release: Release) -> None:
    """The Job is deleted together with its ServiceAccount and RBAC."""
    names = release.kubectl("get", "jobs,pods,serviceaccounts,roles,rolebindings", "-o", "name").split()

    assert [each for each in names if "check" in each] == []


def test_the_service_account_has_exactly_these_permissions(release: Release) -> None:
    """`kubectl auth can-i --list` with its token shows no others, except those that every account has."""
    release.kubectl("create", "serviceaccount", "nobody")
    ours, anybodys = (rights(release, account) for account in (release.fullname, "nobody"))

    name, registration = release.fullname, "webhookconfigurations.admissionregistration.k8s.io"
    assert sorted(ours - anybodys) == [
        "arkteams.arkonis.dev [] [] [get]",
        f"mutating{registration} [] [{name}] [get watch patch]",
        "secrets [] [] [create]",
        f"secrets [] [{name}-cert] [get watch update]",
        f"secrets [] [{name}-path] [get watch update]",
        f"validating{registration} [] [{name}] [get watch patch]",
    ]


def rights(release: Release, account: str) -> set[str]:
    """Return the permissions of a ServiceAccount, listed with its token."""
    token = release.kubectl("create", "token", account).strip()
    # A client certificate would take precedence over the token.
    config = json.loads(release.cluster.kubectl("config", "view", "--raw", "--minify", "-o", "json"))
    config["users"][0]["user"] = {"token": token}
    file = release.cluster.directory / f"{account}.kubeconfig"
    file.write_text(json.dumps(config))
    listed = release.kubectl("--kubeconfig", str(file), "auth", "can-i", "--list", "--no-headers")
    return {" ".join(line.split()) for line in listed.splitlines()}


def test_the_demo_succeeds_through_the_service(release: Release) -> None:
    """The scenes of `make demo` that need no access to processes have the same results with pods."""
    cluster = release.cluster
    kubeconfig = cluster.directory / "story.kubeconfig"
    shutil.copy(cluster.kubeconfig, kubeconfig)
    output = io.StringIO()
    environment = {**cluster.environment(kubeconfig), "TMPDIR": str(cluster.directory)}
    shell = Shell(Terminal(output, {}), environment, CHART.parents[1])
    try:
        for scene in (
            story.create,
            story.look,
            story.try_to_change,
            story.write_metadata,
            story.change_the_team,
        ):
            scene(shell)
    finally:
        cluster.kubectl("delete", "namespace", "my-org", "--ignore-not-found", "--timeout=60s")

    assert output.getvalue().count("Forbidden: ") == 5


def test_the_container_is_unprivileged_with_a_read_only_root(release: Release) -> None:
    """The process runs as 65532 and cannot write to its image."""
    pod = release.pods()[0]["metadata"]["name"]
    ask = "import os; print(os.getuid(), os.getgid(), os.access('/', os.W_OK), os.access('/tmp', os.W_OK))"

    assert release.kubectl("exec", pod, "--", "python", "-c", ask) == "65532 65532 False False\n"


def test_a_cluster_with_existing_runs_is_refused(release: Release) -> None:
    """The tests would uninstall the release."""
    with pytest.raises(NoClusterError) as caught, Cluster.from_environment(print):
        pytest.fail("the release was not detected")

    assert str(caught.value) == (
        f"The cluster of {release.cluster.kubeconfig} has mutate.arkruns.arkonis.dev: these tests install "
        "and uninstall arkrun, so they need a cluster without a release of it and without runs. Set another "
        "KUBECONFIG."
    )


def test_there_is_no_drift_for_gitops_tools(release: Release) -> None:
    """Values written at run time, such as caBundle and keys, are not part of the chart's manifests."""
    file = str(release.cluster.directory / f"{release.name}-values.json")
    rendered = release.cluster.run(
        "helm", "template", release.name, str(CHART), "-n", release.namespace, "-f", file, "--no-hooks"
    ).stdout

    compare = ("diff", "--server-side", "--field-manager=gitops", "--force-conflicts", "-f", "-")
    done = release.cluster.run("kubectl", *compare, input=rendered, check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_helm_test_runs_the_startup_check(release: Release) -> None:
    """With startupCheck.hook=test the check runs as a test hook."""
    release.upgrade({"startupCheck": {"hook": "test"}})

    done = release.cluster.run("helm", "test", release.name, "-n", release.namespace, "--timeout=120s")

    assert "Phase:          Succeeded" in done.stdout
    release.upgrade()
