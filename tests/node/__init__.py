"""A real Kubernetes node: kubelet, containerd and runc beside a real control plane with its controllers.

All of it runs in network, mount and process namespaces of its own: nothing of it listens on the host or
is mounted there, and the kernel ends what is left when the namespaces' first process ends. Needs root.
"""
