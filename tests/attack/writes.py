"""Writes that must be accepted: metadata, finalizers, owners, status, and unchanged objects."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_KIND, TEAM_LABEL
from attack.verbs import Document, Sender, copied
from controlplane import Answer

Write = Callable[[Sender, Random, Document], Answer]

HOLD = "arkonis.dev/attack"


def may_write(kind: str, before: Document, mode: str) -> bool:
    """Return True if a write is legitimate for this run in this mode of the webhook."""
    metadata = before["metadata"]
    if kind == "correct label added":
        return TEAM_LABEL not in metadata.get("labels", {}) and mode in ("on", "gone", "alone")
    if kind == "retry, dry run":
        return bool(before.get("status", {}).get("phase") == "Failed")
    if kind == "status of an unfinished run":
        return before.get("status", {}).get("phase") not in ("Succeeded", "Failed")
    if kind == "finalizer added":
        return "deletionTimestamp" not in metadata
    return True


def _name(before: Document) -> str:
    name: str = before["metadata"]["name"]
    return name


def _metadata(sender: Sender, before: Document, **metadata: Any) -> Answer:
    return sender.patch(_name(before), "merge-patch+json", {"metadata": metadata})


def _label(sender: Sender, rng: Random, before: Document) -> Answer:
    return _metadata(sender, before, labels={f"l{rng.randrange(5)}": str(rng.randrange(100))})


def _annotate(sender: Sender, rng: Random, before: Document) -> Answer:
    return _metadata(sender, before, annotations={f"a{rng.randrange(5)}": "x" * rng.randrange(100)})


def _hold(sender: Sender, _rng: Random, before: Document) -> Answer:
    finalizers = before["metadata"].get("finalizers", [])
    return _metadata(sender, before, finalizers=sorted({*finalizers, HOLD}))


def _release(sender: Sender, _rng: Random, before: Document) -> Answer:
    finalizers = before["metadata"].get("finalizers", [])
    return _metadata(sender, before, finalizers=[name for name in finalizers if name != HOLD])


def _own(sender: Sender, rng: Random, before: Document) -> Answer:
    owner = {"apiVersion": API_VERSION, "kind": TEAM_KIND, "name": "blog", "uid": f"u-{rng.randrange(9)}"}
    return _metadata(sender, before, ownerReferences=[owner])


def _condition(sender: Sender, rng: Random, before: Document) -> Answer:
    condition = {
        "type": "Attacked",
        "status": rng.choice(["True", "False"]),
        "reason": "Attack",
        "message": "x",
        "lastTransitionTime": "2026-03-17T10:00:00Z",
    }
    body = {"status": {"conditions": [condition]}}
    return sender.patch(_name(before), "merge-patch+json", body, "/status")


def _progress(sender: Sender, rng: Random, before: Document) -> Answer:
    body = {"status": {f"xUnknown{rng.randrange(5)}": rng.choice([1, "x", {"a": [1]}, None])}}
    return sender.patch(_name(before), "merge-patch+json", body, "/status")


def _retry(sender: Sender, rng: Random, before: Document) -> Answer:
    """Reset one or all Failed steps, as `ark retry` does."""
    steps = before["status"]["steps"]
    failed = [step["name"] for step in steps if step["phase"] == "Failed"]
    chosen = rng.choice([failed, failed[:1]])
    reset = [{"name": step["name"], "phase": "Pending"} if step["name"] in chosen else step for step in steps]
    body = {"status": {"phase": "Running", "steps": reset}}
    return sender.patch(_name(before), "merge-patch+json", body, "/status?dryRun=All")


def _same(sender: Sender, _rng: Random, before: Document) -> Answer:
    return sender.put(before)


def _same_reordered(sender: Sender, rng: Random, before: Document) -> Answer:
    return sender.put(json.loads(_shuffled(rng, copied(before))))


def _correct_label(sender: Sender, _rng: Random, before: Document) -> Answer:
    return _metadata(sender, before, labels={TEAM_LABEL: before["spec"]["teamRef"]})


def _apply_metadata(sender: Sender, rng: Random, before: Document) -> Answer:
    metadata = {"name": _name(before), "annotations": {"applied": str(rng.randrange(100))}}
    body = {"apiVersion": API_VERSION, "kind": RUN_KIND, "metadata": metadata}
    return sender.patch(_name(before), "apply-patch+yaml", body, "?fieldManager=backup&force=true")


def _shuffled(rng: Random, node: Any) -> str:
    """Return the same JSON with its keys in another order."""
    if isinstance(node, dict):
        items = [f"{json.dumps(key)}: {_shuffled(rng, value)}" for key, value in node.items()]
        rng.shuffle(items)
        return "{" + ", ".join(items) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(_shuffled(rng, item) for item in node) + "]"
    return json.dumps(node)


WRITES: dict[str, Write] = {
    "label": _label,
    "annotation": _annotate,
    "finalizer added": _hold,
    "finalizer removed": _release,
    "owner": _own,
    "condition": _condition,
    "status of an unfinished run": _progress,
    "retry, dry run": _retry,
    "nothing, by PUT": _same,
    "nothing, keys reordered": _same_reordered,
    "correct label added": _correct_label,
    "metadata applied": _apply_metadata,
}
