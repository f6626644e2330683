"""A complete cluster in the namespaces of this process: control plane, controllers, worker nodes, images."""

import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Self

from controlplane import ControlPlane, Process
from controlplane.flags import LOOPBACK
from node.programs.images import IMAGE, TAG
from node.workers import Worker

READY_SECONDS = 120
# The same image under another tag, for updates.
NEXT_TAG = "two"
PORT = 443
# The Service `kubernetes`; the API server listens on this address, so no kube-proxy is needed.
KUBERNETES_SERVICE = "10.96.0.1"
# Reserved for documentation (RFC 5737), so it is unused.
NODE_ADDRESS = "192.0.2.{}"
# Mounted over by folders below `home`, so that nothing is written to the host's.
WORKERS = Path("/var/lib")
PRIVATE_FOLDERS = ("/run", "/var/lib", "/var/log")
APISERVER_ARGS = (
    "--bind-address=0.0.0.0",
    f"--advertise-address={NODE_ADDRESS.format(1)}",
    "--allow-privileged=true",
    "--kubelet-preferred-address-types=InternalIP",
)


class NodeCluster:
    """Context manager; `programs` is a folder with the node's programs, `images` are OCI archives to load."""

    def __init__(
        self,
        home: Path,
        *,
        cgroup: str,
        workers: int,
        programs: Path,
        images: Sequence[Path],
        progress: Callable[[str], None],
    ) -> None:
        self._home = home
        self._programs = programs
        self._images = images
        self._progress = progress
        addresses = [NODE_ADDRESS.format(number + 1) for number in range(workers)]
        self._workers = [
            Worker(number, WORKERS / f"node-{number}", cgroup, address)
            for number, address in enumerate(addresses, start=1)
        ]
        self.control_plane = ControlPlane(
            progress=progress, apiserver_args=APISERVER_ARGS, addresses=[KUBERNETES_SERVICE], port=PORT
        )
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        started = time.monotonic()
        self._separate()
        with ExitStack() as undo:
            undo.enter_context(self.control_plane)
            self._start_controllers(undo)
            kubelets = [worker.start(self.control_plane, self._programs, undo) for worker in self._workers]
            with ThreadPoolExecutor() as pool:
                list(pool.map(self._load_images, self._workers))
            self._wait(kubelets)
            self._exit = undo.pop_all()
        self._progress(f"node: {len(self._workers)} ready in {time.monotonic() - started:.1f} s")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exit.close()

    def _separate(self) -> None:
        """Mount private folders, and add the addresses to the loopback interface."""
        for folder in PRIVATE_FOLDERS:
            own = self._home / folder.strip("/").replace("/", "-")
            own.mkdir(parents=True)
            _run("mount", "--bind", own, folder)
        _run("ip", "link", "set", "lo", "up")
        for address in (KUBERNETES_SERVICE, *(worker.address for worker in self._workers)):
            _run("ip", "address", "add", f"{address}/32", "dev", "lo")

    def _start_controllers(self, undo: ExitStack) -> None:
        plane = self.control_plane
        common = [f"--kubeconfig={plane.kubeconfig}", "--leader-elect=false", f"--bind-address={LOOPBACK}"]
        accounts = [
            f"--root-ca-file={plane.ca_file}",
            f"--service-account-private-key-file={plane.directory / 'sa.key'}",
        ]
        for name, arguments in {"kube-controller-manager": accounts, "kube-scheduler": []}.items():
            command = [str(self._programs / name), *common, *arguments]
            log = self._home / f"{name}.log"
            process = Process(name, command, log=log, environment=plane.environment())
            process.start()
            undo.callback(process.stop)

    def _load_images(self, worker: Worker) -> None:
        client = str(self._programs / "ctr")
        ctr = [client, f"--address={worker.socket}", "--namespace=k8s.io", "images"]
        for image in self._images:
            _run(*ctr, "import", image)
        _run(*ctr, "tag", f"{IMAGE}:{TAG}", f"{IMAGE}:{NEXT_TAG}")

    def _wait(self, kubelets: Sequence[Process]) -> None:
        """Wait until the nodes are registered and ready; raises StartError if a kubelet exits."""
        for worker, kubelet in zip(self._workers, kubelets, strict=True):
            kubelet.wait_until(partial(self._is_registered, worker), seconds=READY_SECONDS)
        nodes = [f"node/{worker.name}" for worker in self._workers]
        self.control_plane.kubectl("wait", "--for=condition=Ready", f"--timeout={READY_SECONDS}s", *nodes)

    def _is_registered(self, worker: Worker) -> bool:
        return self.control_plane.api.call("GET", f"/api/v1/nodes/{worker.name}").status == HTTPStatus.OK


def _run(*command: str | Path) -> None:
    """Run a program; raises RuntimeError with its stderr if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(map(str, command))}` ended with {done.returncode}: {done.stderr}")
