"""The programs of a node; those of Debian packages are looked up on the PATH."""

from pathlib import Path

from controlplane.programs.tools import Tool

_CONTAINERD = "github.com/containerd/containerd/v2"
_CONTAINERD_MODULE = Path(__file__).with_name("go.mod")


def _kubernetes(name: str, minutes: int) -> Tool:
    return Tool(name, "k8s.io/kubernetes", f"k8s.io/kubernetes/cmd/{name}", minutes)


def _containerd(name: str, minutes: int) -> Tool:
    # Exclude snapshotters that tests do not use, some of which need C.
    tags = "no_btrfs,no_devmapper,no_zfs"
    return Tool(name, _CONTAINERD, f"{_CONTAINERD}/cmd/{name}", minutes, _CONTAINERD_MODULE, tags)


CONTROLLER_MANAGER = _kubernetes("kube-controller-manager", 5)
SCHEDULER = _kubernetes("kube-scheduler", 1)
KUBELET = _kubernetes("kubelet", 2)
CONTAINERD = _containerd("containerd", 2)
SHIM = _containerd("containerd-shim-runc-v2", 1)
CTR = _containerd("ctr", 1)
ALL = (CONTROLLER_MANAGER, SCHEDULER, KUBELET, CONTAINERD, SHIM, CTR)

# Debian packages and the files to look for.
PACKAGES = {
    "buildah": "buildah",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "debootstrap": "debootstrap",
    "iproute2": "ip",
    "runc": "runc",
    "util-linux": "unshare",
}
