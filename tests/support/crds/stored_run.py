"""One ArkRun on the real server, with the writes that its operator makes."""

import json
from typing import Any

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from controlplane import ControlPlane
from controlplane.api import Answer
from support.builders.objects import run

MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"


class StoredRun:
    """A run that exists, by its URL."""

    def __init__(self, control_plane: ControlPlane, namespace: str, **spec: Any) -> None:
        self._api = control_plane.api
        self._collection = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{RUN_PLURAL}"
        self._path = f"{self._collection}/run-1"
        created = self._api.call("POST", self._collection, json.dumps(run(**spec)).encode())
        assert created.status == 201, created.body

    def read(self) -> Any:
        """Return the stored run."""
        return self._api.call("GET", self._path).json()

    def patch(self, change: dict[str, Any], subresource: str = "") -> Answer:
        """Merge a change into the run, or into one of its subresources."""
        return self._api.call("PATCH", self._path + subresource, json.dumps(change).encode(), MERGE)

    def set_status(self, status: dict[str, Any]) -> Answer:
        """Merge-patch the status, as the operator's controllers and `ark retry` do."""
        return self.patch({"status": status}, "/status")

    def put_status(self, status: dict[str, Any] | None) -> Answer:
        """Replace the status as a whole; None leaves it out."""
        stored = {key: value for key, value in self.read().items() if key != "status"}
        body = stored if status is None else {**stored, "status": status}
        return self._api.call("PUT", f"{self._path}/status", json.dumps(body).encode())

    def apply_status(self, status: dict[str, Any], manager: str = "operator") -> Answer:
        """Server-side apply the status by force."""
        stored = self.read()
        body = {key: stored[key] for key in ("apiVersion", "kind")} | {"metadata": {"name": "run-1"}}
        query = f"?fieldManager={manager}&force=true"
        text = json.dumps({**body, "status": status}).encode()
        return self._api.call("PATCH", f"{self._path}/status{query}", text, APPLY)

    def reach(self, *statuses: dict[str, Any]) -> None:
        """Write statuses that must all be legal."""
        for status in statuses:
            answer = self.put_status(status)
            assert answer.status == 200, answer.message

    def delete(self) -> Answer:
        """Delete the run."""
        return self._api.call("DELETE", self._path)
