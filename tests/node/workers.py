"""A worker node: containerd and kubelet with separate folders."""

import json
import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controlplane import ControlPlane, Process

READY_SECONDS = 60.0
CNI_PLUGINS = "/usr/lib/cni"
PODS = "10.244.0.0/16"
KUBELET_PORT = 10250


@dataclass(frozen=True)
class Worker:
    """A node, numbered from 1; its files are below `home`, a short path because of the limit for sockets."""

    number: int
    home: Path
    cgroup: str
    address: str

    @property
    def name(self) -> str:
        return f"node-{self.number}"

    @property
    def socket(self) -> Path:
        return Path("/run") / self.name / "containerd.sock"

    def start(self, control_plane: ControlPlane, programs: Path, stack: ExitStack) -> Process:
        """Start containerd and kubelet, which the stack stops; return the kubelet once containerd listens."""
        self.home.mkdir(parents=True)
        self._write("containerd.toml", _containerd_config(self))
        self._write("10-pods.conflist", json.dumps(_network()))
        self._write("kubelet.json", json.dumps(_kubelet_config(self)))
        self._write("resolv.conf", "")
        environment = control_plane.environment()
        # containerd looks for its shim on the PATH.
        environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"
        containerd = [str(programs / "containerd"), f"--config={self.home / 'containerd.toml'}"]
        runtime = self._process("containerd", containerd, environment, stack)
        runtime.wait_until(self.socket.exists, seconds=READY_SECONDS)
        kubelet = [
            str(programs / "kubelet"),
            f"--config={self.home / 'kubelet.json'}",
            f"--kubeconfig={control_plane.kubeconfig}",
            f"--root-dir={self.home / 'kubelet'}",
            f"--hostname-override={self.name}",
            f"--node-ip={self.address}",
            f"--node-labels=topology.kubernetes.io/zone=zone-{self.number}",
        ]
        return self._process("kubelet", kubelet, environment, stack)

    def _write(self, name: str, text: str) -> None:
        (self.home / name).write_text(text)

    def _process(
        self, name: str, command: list[str], environment: Mapping[str, str], stack: ExitStack
    ) -> Process:
        label, log = f"{name} of {self.name}", self.home / f"{name}.log"
        process = Process(label, command, log=log, environment=environment)
        process.start()
        stack.callback(process.stop)
        return process


def _containerd_config(worker: Worker) -> str:
    """Build containerd's TOML; OOM scores are restricted because only the host may lower them."""
    return f"""\
version = 3
root = "{worker.home}/containerd"
state = "/run/{worker.name}/state"

[grpc]
  address = "{worker.socket}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{CNI_PLUGINS}"]
    conf_dir = "{worker.home}"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = false

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "localhost/pause:1"
"""


def _network() -> dict[str, Any]:
    """Build the CNI configuration; all nodes share the bridge of one network namespace."""
    addresses = {"type": "host-local", "dataDir": "/run/cni", "ranges": [[{"subnet": PODS}]]}
    bridge = {
        "type": "bridge",
        "bridge": "cni0",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {**addresses, "routes": [{"dst": "0.0.0.0/0"}]},
    }
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]}


def _kubelet_config(worker: Worker) -> dict[str, Any]:
    """Build the kubelet's configuration, which must also work with a full disk and with cgroups version 1."""
    offset = 10 * (worker.number - 1)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        # Only reachable from this network namespace.
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{worker.cgroup}/{worker.name}",
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{worker.socket}",
        "enforceNodeAllocatable": ["none"],
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzPort": KUBELET_PORT + offset + 1,
        "imageGCHighThresholdPercent": 100,
        "localStorageCapacityIsolation": False,
        "podLogsDir": str(worker.home / "pods"),
        "port": KUBELET_PORT + offset,
        "readOnlyPort": 0,
        "resolvConf": str(worker.home / "resolv.conf"),
        "rotateCertificates": False,
        "serializeImagePulls": False,
        "staticPodPath": "",
    }
