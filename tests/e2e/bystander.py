"""Another user of the same cluster, whose requests must never be affected."""

import itertools
import json
import threading
import uuid
from types import TracebackType
from typing import Any, Self

from e2e.cluster import Cluster

PAUSE_SECONDS = 0.05
# Objects to create, label and delete; a pod with a scheduling gate is never scheduled.
KINDS: dict[str, dict[str, Any]] = {
    "/api/v1/namespaces/{}/configmaps": {"data": {"a": "b"}},
    "/api/v1/namespaces/{}/secrets": {"stringData": {"a": "b"}},
    "/api/v1/namespaces/{}/serviceaccounts": {},
    "/api/v1/namespaces/{}/services": {"spec": {"ports": [{"port": 80}]}},
    "/apis/coordination.k8s.io/v1/namespaces/{}/leases": {"spec": {"holderIdentity": "me"}},
    "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles": {"rules": []},
    "/api/v1/namespaces/{}/pods": {
        "spec": {
            "schedulingGates": [{"name": "arkrun.test/never"}],
            "containers": [{"name": "a", "image": "none.invalid/none"}],
        }
    },
}
MERGE = "application/merge-patch+json"


class Bystander:
    """Context manager that sends writes from a thread; `refused` lists the refused ones."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._namespace = f"bystander-{uuid.uuid4().hex[:8]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.written = 0
        self.refused: list[str] = []

    def __enter__(self) -> Self:
        self._cluster.kubectl("create", "namespace", self._namespace)
        account = ("serviceaccount/default", "--for=create", "--timeout=30s")
        self._cluster.kubectl("wait", "-n", self._namespace, *account)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._cluster.kubectl("delete", "namespace", self._namespace, "--timeout=60s")

    def _work(self) -> None:
        for number, (path, body) in enumerate(itertools.cycle(KINDS.items())):
            if self._over.wait(PAUSE_SECONDS):
                return
            self._use(path.format(self._namespace), f"other-{number}", body)

    def _use(self, path: str, name: str, body: dict[str, Any]) -> None:
        created = json.dumps({"metadata": {"name": name}, **body}).encode()
        label = json.dumps({"metadata": {"labels": {"a": "b"}}}).encode()
        self._write("POST", path, created)
        self._write("PATCH", f"{path}/{name}", label, MERGE)
        self._write("DELETE", f"{path}/{name}?gracePeriodSeconds=0")

    def _write(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> None:
        answer = self._cluster.api.call(method, path, body, kind)
        self.written += 1
        if answer.status >= 300:
            self.refused.append(f"{method} {path}: {answer.status} {answer.message}")
