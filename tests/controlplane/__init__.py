"""A real Kubernetes control plane on loopback, for the tests and the demo.

It has etcd and kube-apiserver with RBAC but no controllers: deleted namespaces stay Terminating, there is no
garbage collection, and aggregated roles (admin, edit, view) stay empty.
"""

from controlplane.api import Answer, Api, Caller
from controlplane.errors import BinaryNotFoundError, BuildError, CommandError, ControlPlaneError, StartError
from controlplane.launcher import ControlPlane
from controlplane.processes import Process

__all__ = [
    "Answer",
    "Api",
    "BinaryNotFoundError",
    "BuildError",
    "Caller",
    "CommandError",
    "ControlPlane",
    "ControlPlaneError",
    "Process",
    "StartError",
]
