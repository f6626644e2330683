"""All kinds of requests by which a client can change an object."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jsonpatch

from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, RUN_PLURAL, VERSION
from attack.client import PersistentApi
from controlplane import Answer

Document = dict[str, Any]


@dataclass(frozen=True)
class Sender:
    """Sends changed runs of one namespace."""

    api: PersistentApi
    namespace: str

    def path(self, name: str, suffix: str = "") -> str:
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{RUN_PLURAL}/{name}{suffix}"

    def get(self, name: str) -> Answer:
        return self.api.call("GET", self.path(name))

    def send(self, verb: str, before: Document, after: Document) -> Answer:
        """Change `before` to `after` by one of VERBS."""
        return VERBS[verb](self, before, after)

    def create(self, document: Document, query: str = "") -> Answer:
        return self.api.call("POST", self.path("").rstrip("/") + query, _bytes(document))

    def put(self, after: Document, suffix: str = "") -> Answer:
        return self.api.call("PUT", self.path(after["metadata"]["name"], suffix), _bytes(after))

    def patch(self, name: str, kind: str, body: Any, suffix: str = "") -> Answer:
        return self.api.call("PATCH", self.path(name, suffix), _bytes(body), f"application/{kind}")


def merge_patch(before: Any, after: Any) -> Any:
    """Build the JSON merge patch (RFC 7396) from one object to another; it cannot set a field to null."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    patch: Document = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif before[key] != value or type(before[key]) is not type(value):
            patch[key] = merge_patch(before[key], value)
    return patch


def _put(sender: Sender, _before: Document, after: Document) -> Answer:
    return sender.put(after)


def _put_status(sender: Sender, _before: Document, after: Document) -> Answer:
    return sender.put(after, "/status")


def _put_dry(sender: Sender, _before: Document, after: Document) -> Answer:
    return sender.put(after, "?dryRun=All")


def _merge(sender: Sender, before: Document, after: Document) -> Answer:
    name = before["metadata"]["name"]
    return sender.patch(name, "merge-patch+json", merge_patch(before, after))


def _merge_status(sender: Sender, before: Document, after: Document) -> Answer:
    name = before["metadata"]["name"]
    return sender.patch(name, "merge-patch+json", merge_patch(before, after), "/status")


def _json(sender: Sender, before: Document, after: Document) -> Answer:
    patch = jsonpatch.make_patch(before, after).patch
    return sender.patch(before["metadata"]["name"], "json-patch+json", patch)


def _json_spec(sender: Sender, before: Document, after: Document) -> Answer:
    patch = [
        {"op": "remove", "path": "/spec"},
        {"op": "add", "path": "/spec", "value": after.get("spec")},
        {"op": "add", "path": "/metadata/labels", "value": after["metadata"].get("labels", {})},
    ]
    return sender.patch(before["metadata"]["name"], "json-patch+json", patch)


def _strategic(sender: Sender, before: Document, after: Document) -> Answer:
    name = before["metadata"]["name"]
    return sender.patch(name, "strategic-merge-patch+json", merge_patch(before, after))


def _apply(sender: Sender, before: Document, after: Document) -> Answer:
    return _applied(sender, before, after, "")


def _apply_status(sender: Sender, before: Document, after: Document) -> Answer:
    return _applied(sender, before, after, "/status")


def _applied(sender: Sender, before: Document, after: Document, suffix: str) -> Answer:
    name = before["metadata"]["name"]
    metadata = {"name": name, "labels": after["metadata"].get("labels", {})}
    if annotations := after["metadata"].get("annotations"):
        metadata["annotations"] = annotations
    body = {"apiVersion": API_VERSION, "kind": RUN_KIND, "metadata": metadata, "spec": after.get("spec")}
    return sender.patch(name, "apply-patch+yaml", body, f"{suffix}?fieldManager=attack&force=true")


VERBS: dict[str, Callable[[Sender, Document, Document], Answer]] = {
    "PUT": _put,
    "PUT dry run": _put_dry,
    "PUT status": _put_status,
    "merge patch": _merge,
    "merge patch status": _merge_status,
    "JSON patch": _json,
    "JSON patch, entire spec": _json_spec,
    "strategic patch": _strategic,
    "apply": _apply,
    "apply status": _apply_status,
}


def _json_status(sender: Sender, before: Document, after: Document) -> Answer:
    patch = [{"op": "replace", "path": "/status", "value": after["status"]}]
    return sender.patch(before["metadata"]["name"], "json-patch+json", patch, "/status")


def _apply_own_status(sender: Sender, before: Document, after: Document) -> Answer:
    name = before["metadata"]["name"]
    metadata = {"name": name}
    body = {"apiVersion": API_VERSION, "kind": RUN_KIND, "metadata": metadata, "status": after["status"]}
    return sender.patch(name, "apply-patch+yaml", body, "/status?fieldManager=attack&force=true")


STATUS_VERBS: dict[str, Callable[[Sender, Document, Document], Answer]] = {
    "PUT status": _put_status,
    "merge patch status": _merge_status,
    "JSON patch status": _json_status,
    "apply status": _apply_own_status,
}
"""The verbs that change a status."""


def copied(document: Document) -> Document:
    """Copy an object without metadata.managedFields, which clients do not send back."""
    after = copy.deepcopy(document)
    after["metadata"].pop("managedFields", None)
    return after


def _bytes(body: Any) -> bytes:
    return json.dumps(body).encode()
