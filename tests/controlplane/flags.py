"""Command lines of etcd and kube-apiserver: all on loopback, RBAC on."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """One free port for each listener."""

    etcd_client: int
    etcd_peer: int
    apiserver: int

    @classmethod
    def free(cls, apiserver: int | None = None) -> Self:
        """Choose free ports, except for given ones; another program may still bind one first."""
        with ExitStack() as open_sockets:
            sockets = [open_sockets.enter_context(socket.socket()) for _ in range(3)]
            for each in sockets:
                each.bind((LOOPBACK, 0))
            etcd_client, etcd_peer, free = (each.getsockname()[1] for each in sockets)
            return cls(etcd_client, etcd_peer, apiserver or free)

    @property
    def etcd_url(self) -> str:
        return f"http://{LOOPBACK}:{self.etcd_client}"

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self.apiserver}"


def etcd(directory: Path, ports: Ports) -> list[str]:
    """Build the flags of a single etcd that need not be durable."""
    peer = f"http://{LOOPBACK}:{ports.etcd_peer}"
    return [
        f"--data-dir={directory / 'etcd'}",
        f"--listen-client-urls={ports.etcd_url}",
        f"--advertise-client-urls={ports.etcd_url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--log-level=warn",
        "--unsafe-no-fsync",
    ]


def apiserver(directory: Path, ports: Ports) -> list[str]:
    """Build the flags of kube-apiserver; the launcher writes the files that they name."""
    return [
        f"--etcd-servers={ports.etcd_url}",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={ports.apiserver}",
        f"--client-ca-file={directory / 'ca.crt'}",
        f"--tls-cert-file={directory / 'apiserver.crt'}",
        f"--tls-private-key-file={directory / 'apiserver.key'}",
        f"--cert-dir={directory / 'certs'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={directory / 'sa.pub'}",
        f"--service-account-signing-key-file={directory / 'sa.key'}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--endpoint-reconciler-type=none",
        "--enable-aggregator-routing=true",
    ]
