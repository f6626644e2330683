"""The control plane: its API, its users and its cleanup."""

import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from controlplane import CommandError, ControlPlane, Process, StartError
from support.repository import CRDS, TESTS

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


def is_alive(pid: int) -> bool:
    """Return True if a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_stop_leaves_no_process_and_no_file() -> None:
    """Both processes and all files are gone, even if the block raised an exception."""
    with ExitStack() as stack:
        stack.enter_context(pytest.raises(ZeroDivisionError))
        control_plane = stack.enter_context(ControlPlane())
        pids, directory = control_plane.pids, control_plane.directory
        stack.callback(lambda: 1 / 0)

    assert sorted(pids) == ["etcd", "kube-apiserver"]
    assert [pid for pid in pids.values() if is_alive(pid)] == []
    assert not directory.exists()


def test_restart_keeps_the_port_and_the_data() -> None:
    """A stopped API server refuses connections; after a restart it has the same port and data."""
    with ControlPlane() as control_plane:
        url = control_plane.url
        control_plane.kubectl("create", "namespace", "kept")

        control_plane.stop_apiserver()
        with pytest.raises(ConnectionRefusedError):
            control_plane.api.call("GET", "/readyz")
        control_plane.start_apiserver()

        assert control_plane.url == url
        assert control_plane.kubectl("get", "namespace", "kept", "-o", "name").stdout == "namespace/kept\n"


def test_extra_arguments_reach_the_api_server() -> None:
    """Additional flags are appended to the default ones."""
    without_lifecycle = ["--disable-admission-plugins=NamespaceLifecycle"]
    with ControlPlane(apiserver_args=without_lifecycle) as control_plane:
        made = control_plane.kubectl("create", "configmap", "stray", "-n", "no-such-namespace")

    assert made.stdout == "configmap/stray created\n"


def test_wait_for_crds_returns_once_definitions_are_served() -> None:
    """It works directly after their creation, before they have conditions; a missing CRD is an error."""
    with ControlPlane() as control_plane:
        for path in CRDS.glob("*.yaml"):
            control_plane.kubectl("create", "-f", str(path))
            control_plane.wait_for_crds("-f", str(path))
            plural = path.stem.removeprefix("arkonis.dev_")
            assert control_plane.kubectl("get", plural, "-o", "name").stdout == ""
        with pytest.raises(CommandError, match=r'customresourcedefinitions\.\S+ "no" not found'):
            control_plane.wait_for_crds("crd/no")


def test_an_api_server_that_cannot_start_is_an_error_with_its_log() -> None:
    """An early exit is an error with the end of the log, without waiting for the timeout."""
    with (
        pytest.raises(StartError, match=r"(?s)^kube-apiserver ended with 1 .*unknown flag: --no-such-flag"),
        ControlPlane(apiserver_args=["--no-such-flag"]),
    ):
        pytest.fail("it started")


def test_processes_die_with_a_killed_parent() -> None:
    """After SIGKILL, which runs no `finally`, neither etcd nor the API server remains."""
    script = (
        "import signal\nfrom controlplane import ControlPlane\nwith ControlPlane() as control_plane:\n"
        "    print(control_plane.directory, *control_plane.pids.values(), flush=True)\n    signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(TESTS)}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        directory, *pids = parent.stdout.readline().decode().split()
        # A pidfd, which is readable once its process has ended, can wait for grandchildren.
        handles = [os.pidfd_open(int(pid)) for pid in pids]
        parent.send_signal(signal.SIGKILL)

    for handle in handles:
        assert select.select([handle], [], [], 10)[0] == [handle]
        os.close(handle)
    shutil.rmtree(directory)


def test_the_command_prints_its_environment_and_ends_on_ctrl_c() -> None:
    """The printed KUBECONFIG and PATH work in another shell, and Ctrl-C stops everything."""
    with subprocess.Popen(
        [sys.executable, "-m", "controlplane"],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        exports = process.stdout.readline() + process.stdout.readline()
        shell = subprocess.run(
            ["sh", "-c", f"{exports}kubectl get namespace default -o name && command -v helm"],
            capture_output=True,
            text=True,
            check=True,
        )
        process.send_signal(signal.SIGINT)

    directory = Path(shell.stdout.splitlines()[1]).parent.parent
    assert shell.stdout == f"namespace/default\n{directory}/bin/helm\n"
    assert process.returncode == 130
    assert not directory.exists()


def test_another_user_has_only_the_permissions_of_rbac(control_plane: ControlPlane, namespace: str) -> None:
    """User and groups come from the certificate, and only RBAC grants permissions."""
    alice = control_plane.user_kubeconfig("alice", groups=["dev"])
    list_maps = ("get", "configmaps", "-n", namespace, "-o", "name")

    with pytest.raises(CommandError) as caught:
        control_plane.kubectl(*list_maps, kubeconfig=alice)
    assert str(caught.value) == (
        f"`kubectl get configmaps -n {namespace} -o name` ended with 1: Error from server (Forbidden): "
        'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" in the '
        f'namespace "{namespace}"'
    )

    control_plane.kubectl("create", "role", "reader", "-n", namespace, "--verb=list", "--resource=configmaps")
    control_plane.kubectl("create", "rolebinding", "dev", "-n", namespace, "--role=reader", "--group=dev")
    assert control_plane.kubectl(*list_maps, kubeconfig=alice).stdout == ""


def test_a_service_account_token_authenticates(control_plane: ControlPlane, namespace: str) -> None:
    """So a chart's RBAC can be tested with its own ServiceAccount."""
    control_plane.kubectl("create", "serviceaccount", "robot", "-n", namespace)
    token = control_plane.kubectl("create", "token", "robot", "-n", namespace).stdout.strip()

    config = control_plane.token_kubeconfig("robot", token)

    who = control_plane.kubectl(
        "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", kubeconfig=config
    )
    assert who.stdout == f"system:serviceaccount:{namespace}:robot"


def test_helm_talks_to_this_api_server(control_plane: ControlPlane, namespace: str) -> None:
    """`helm list` works and is empty in a new namespace."""
    assert control_plane.helm("list", "-n", namespace, "-o", "json").stdout == "[]\n"


def test_a_process_that_is_not_ready_in_time_is_an_error(tmp_path: Path) -> None:
    """The error has the end of the log, and `stop` ends the process."""
    process = Process("sleeper", ["/bin/sh", "-c", "echo I sleep; exec sleep 60"], log=tmp_path / "log")
    process.start()
    try:
        process.wait_until(lambda: bool(process.tail()), seconds=10)
        with pytest.raises(StartError) as caught:
            process.wait_until(lambda: False, seconds=0.1)
        pid = process.pid
    finally:
        process.stop()

    assert str(caught.value) == "sleeper was not ready in 0.1 s:\nI sleep"
    assert pid is not None
    assert not is_alive(pid)
