"""The cluster of a KUBECONFIG, with kubectl and helm in the versions of go.mod."""

import http.client
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, Self

from arkrun_crd.names import GROUP, RUN_PLURAL
from controlplane import Answer, CommandError, ControlPlaneError, Process
from controlplane.programs.binaries import find_tools
from controlplane.programs.tools import HELM, HELM3, KUBECTL

Program = Literal["kubectl", "helm", "helm3"]
HOW = (
    "These tests install the chart on a cluster: run `make e2e` (starts its own nodes, needs root), "
    "or `make e2e KUBECONFIG=… IMAGE=repository:tag` for your own cluster, which must be able to pull it."
)
CONFIGURATIONS = "mutatingwebhookconfigurations,validatingwebhookconfigurations"
TIMEOUT_SECONDS = 35.0
PROXY_SECONDS = 30.0


class NoClusterError(ControlPlaneError):
    """No cluster or image was given, or the cluster is in use."""


class Proxied:
    """A client of the API server through `kubectl proxy`, which supports every authentication of kubectl."""

    def __init__(self, port: int) -> None:
        self._port = port

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> Answer:
        """Send a request on a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Accept": "application/json", "Content-Type": content_type}
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()


class Cluster:
    """Context manager for a temporary folder and a proxy.

    `image` is the repository:tag that the chart installs; `next_image` is another one for updates, or empty.
    """

    def __init__(
        self, kubeconfig: Path, *, image: str, next_image: str, progress: Callable[[str], None]
    ) -> None:
        self.kubeconfig = kubeconfig
        self.image = image
        self.next_image = next_image
        self._progress = progress
        self._exit = ExitStack()

    @classmethod
    def from_environment(cls, progress: Callable[[str], None]) -> Self:
        """Read KUBECONFIG, IMAGE and NEXT_IMAGE; raise NoClusterError if one of the first two is missing."""
        kubeconfig, image = os.environ.get("KUBECONFIG"), os.environ.get("IMAGE")
        if not kubeconfig or not image:
            raise NoClusterError(HOW)
        next_image = os.environ.get("NEXT_IMAGE", "")
        return cls(Path(kubeconfig).absolute(), image=image, next_image=next_image, progress=progress)

    def __enter__(self) -> Self:
        programs = find_tools([KUBECTL, HELM, HELM3], self._progress)
        with ExitStack() as undo:
            self.directory = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="arkrun-e2e-")))
            (self.directory / "bin").mkdir()
            for tool, program in programs.items():
                (self.directory / "bin" / tool.name).symlink_to(program)
            proxy = self._proxy()
            undo.callback(proxy.stop)
            self.api = Proxied(self._port(proxy))
            self._check_unused()
            self._exit = undo.pop_all()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exit.close()

    def run(
        self,
        program: Program,
        *arguments: str,
        input: str = "",  # noqa: A002 - named as in subprocess.run
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the user of the KUBECONFIG; with `check`, raises CommandError if it fails."""
        done = subprocess.run(
            [self.directory / "bin" / program, *arguments],
            env=self.environment(self.kubeconfig),
            input=input,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise CommandError([program, *arguments], done.returncode, done.stdout, done.stderr)
        return done

    def kubectl(self, *arguments: str, input: str = "") -> str:  # noqa: A002 - as in `run`
        """Run kubectl and return its output; raises CommandError if it fails."""
        return self.run("kubectl", *arguments, input=input).stdout

    def environment(self, kubeconfig: Path) -> Mapping[str, str]:
        """Return an environment with our programs first on the PATH and separate folders for helm."""
        path = f"{self.directory / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        helm = {f"HELM_{name}_HOME": str(self.directory / name) for name in ("CACHE", "CONFIG", "DATA")}
        return {**os.environ, **helm, "KUBECONFIG": str(kubeconfig), "PATH": path}

    def _check_unused(self) -> None:
        """Raise NoClusterError if the cluster has a release or runs: the tests uninstall and adopt them."""
        configurations = self.kubectl("get", CONFIGURATIONS, "-o", "jsonpath={.items[*].webhooks[*].name}")
        webhooks = [name for name in configurations.split() if name.endswith(f".{GROUP}")]
        runs = self.run(
            "kubectl", "get", f"{RUN_PLURAL}.{GROUP}", "-A", "-o", "name", check=False
        ).stdout.split()
        if in_use := [*webhooks, *runs]:
            raise NoClusterError(
                f"The cluster of {self.kubeconfig} has {in_use[0]}: these tests install and uninstall "
                "arkrun, so they need a cluster without a release of it and without runs. "
                "Set another KUBECONFIG."
            )

    def _proxy(self) -> Process:
        command = [str(self.directory / "bin" / "kubectl"), "proxy", "--port=0"]
        log = self.directory / "proxy.log"
        proxy = Process("kubectl proxy", command, log=log, environment=self.environment(self.kubeconfig))
        proxy.start()
        return proxy

    def _port(self, proxy: Process) -> int:
        proxy.wait_until(lambda: "Starting to serve" in proxy.tail(), seconds=PROXY_SECONDS)
        (port,) = re.findall(r"127\.0\.0\.1:(\d+)", proxy.tail())
        return int(port)
