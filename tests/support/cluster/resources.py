"""ArkTeams and ArkRuns of one namespace, by raw requests."""

import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Raw

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from controlplane import Answer, Caller, ControlPlane
from support.polling import wait_for

PatchKind = Literal["json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"]


class Resource:
    """One plural in one namespace; a body may be an object or the JSON text that must be sent."""

    def __init__(self, api: Caller, namespace: str, plural: str) -> None:
        self._api = api
        self._path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{plural}"

    def create(self, body: Mapping[str, Any] | bytes, query: str = "") -> Answer:
        """POST."""
        return self._api.call("POST", self._path + query, _bytes(body))

    def get(self, name: str) -> Answer:
        """GET."""
        return self._api.call("GET", f"{self._path}/{name}")

    def replace(self, name: str, body: Mapping[str, Any] | bytes, subresource: str = "") -> Answer:
        """PUT."""
        return self._api.call("PUT", f"{self._path}/{name}{subresource}", _bytes(body))

    def patch(self, name: str, body: Any, kind: PatchKind = "merge-patch+json", suffix: str = "") -> Answer:
        """PATCH; `suffix` is a subresource and/or a query."""
        return self._api.call("PATCH", f"{self._path}/{name}{suffix}", _bytes(body), f"application/{kind}")

    def apply(self, name: str, body: Mapping[str, Any], manager: str = "test") -> Answer:
        """Apply server-side, and take over what others own."""
        return self.patch(name, body, "apply-patch+yaml", f"?fieldManager={manager}&force=true")

    def delete(self, name: str) -> Answer:
        """DELETE."""
        return self._api.call("DELETE", f"{self._path}/{name}")


def grant(control_plane: ControlPlane, namespace: str, verb: str, user: str = "alice") -> None:
    """Grant a user one verb on the runs of a namespace; wait until the API server knows it."""
    in_namespace = ("-n", namespace, "create")
    rule = (f"--verb={verb}", f"--resource={RUN_PLURAL}.{GROUP}")
    name = f"{user}-{'every-verb' if verb == '*' else verb}"
    control_plane.kubectl(*in_namespace, "role", name, *rule)
    control_plane.kubectl(*in_namespace, "rolebinding", name, f"--role={name}", f"--user={user}")
    attributes = {"namespace": namespace, "verb": verb, "group": GROUP, "resource": RUN_PLURAL}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": attributes},
    }
    wait_for(lambda: _is_allowed(control_plane, review))


def _is_allowed(control_plane: ControlPlane, review: dict[str, Any]) -> bool:
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    answer = control_plane.api.call("POST", path, json.dumps(review).encode())
    return bool(answer.json()["status"]["allowed"])


class _WithSpec(msgspec.Struct):
    spec: dict[str, Raw]


def spec_bytes(answer: Answer) -> dict[str, bytes]:
    """Return each field of spec as the bytes that the API server sent."""
    assert answer.status in {200, 201}, answer.body
    spec = msgspec.json.decode(answer.body, type=_WithSpec).spec
    return {name: bytes(value) for name, value in spec.items()}


def lost_fields(sent: Any, stored: Any, path: str = "spec") -> list[str]:
    """List the paths of values that are not stored as they were sent."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        return [
            place
            for name, value in sent.items()
            for place in (
                lost_fields(value, stored[name], f"{path}.{name}") if name in stored else [f"{path}.{name}"]
            )
        ]
    if isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        pairs = enumerate(zip(sent, stored, strict=True))
        return [
            place for index, (one, other) in pairs for place in lost_fields(one, other, f"{path}[{index}]")
        ]
    return [] if sent == stored else [path]


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
