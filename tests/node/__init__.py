"""A real Kubernetes node: kubelet, containerd and runc beside a real control plane with its controllers.

Everything runs in separate network, mount and process namespaces: nothing listens or is mounted on the host,
and the kernel kills the remaining processes when the first process of the PID namespace exits. Needs root.
"""
