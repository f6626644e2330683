"""The reviews that are sent: four sizes of one pipeline, as the API server would write them."""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from arkrun_crd.names import API_VERSION, GROUP, RUN_KIND, RUN_PLURAL, TEAM_KIND, TEAM_LABEL, VERSION
from builders_webhook import with_token

KILOBYTE = 1024
SIZES = {7: 3, 23: 6, 107: 16, 510: 40}
"""Kilobytes of a review, and how many steps its pipeline has."""

UPDATED = ("validate-allow", "validate-label", "validate-deny")
CREATED = ("mutate-create", "mutate-stamp", "validate-create")
OPERATIONS = (*UPDATED, *CREATED)
"""What is measured.

validate-allow   UPDATE of metadata alone, as if no matchCondition spared us the call
validate-label   UPDATE that gives a run its team label, the pass that the chart's matchConditions let through
validate-deny    UPDATE that changes one prompt deep in the spec
mutate-create    CREATE with a snapshot of the team, as `ark trigger` sends it
mutate-stamp     CREATE with teamRef and input alone, for a team of that size
validate-create  CREATE with the stamp, which is proved; ours also judges the pipeline
"""

_TEXT = (
    "research the topic and cite each source you used in the draft; keep the tone of the brief — "
    'no “filler”, no invented figures. Answer as JSON: {"title": "…", "points": [ ]}\n'
)
_WORDS = re.split(" ", _TEXT)
_SCHEMA = json.dumps(
    {"type": "object", "required": ["title"], "properties": {"title": {"type": "string", "maxLength": 120}}}
)


@dataclass(frozen=True)
class Payload:
    """One request and what the rules say to it."""

    operation: str
    kilobytes: int
    body: bytes
    allowed: bool
    patched: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        """Where it is sent."""
        return with_token("/mutate/arkruns" if self.operation.startswith("mutate") else "/validate/arkruns")

    @property
    def name(self) -> str:
        """A file name."""
        return f"{self.operation}-{self.kilobytes}"


@cache
def payload(operation: str, kilobytes: int) -> Payload:
    """Build the review of that size; of `mutate-stamp`, it is the team that has it."""
    sized = "mutate-create" if operation == "mutate-stamp" else operation
    length = _length(lambda prompt: _review(sized, kilobytes, prompt), kilobytes * KILOBYTE)
    return _review(operation, kilobytes, length)


def write_teams(folder: Path) -> None:
    """Write what a GET of each team answers, one file a team, for every server to read."""
    folder.mkdir(exist_ok=True)
    for kilobytes in SIZES:
        for operation in CREATED:
            document = team(operation, kilobytes)
            (folder / f"{document['metadata']['name']}.json").write_bytes(encode(document))


def team(operation: str, kilobytes: int) -> dict[str, Any]:
    """Build the team whose run `payload` creates."""
    sized = payload("mutate-create" if operation == "mutate-stamp" else operation, kilobytes)
    spec = json.loads(sized.body)["request"]["object"]["spec"]
    own = {key: spec[key] for key in ("pipeline", "roles")}
    own |= {"output": _OUTPUT, "timeoutSeconds": 600, "maxTokens": 200000, "input": {"tone": "calm"}}
    own["inputs"] = [{"name": "topic", "required": True}, {"name": "length", "default": "800"}]
    metadata = {"name": _team_name(operation, kilobytes), "namespace": "my-org", "generation": 3}
    return {"apiVersion": API_VERSION, "kind": TEAM_KIND, "metadata": metadata, "spec": own}


def encode(document: Any) -> bytes:
    """Write JSON as the API server does: sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


_OUTPUT = "{{ .steps.agent0.output }}"
_GIVEN = {"topic": "attention in transformers"}
_RESOLVED = {"length": "800", "tone": "calm", **_GIVEN}


def _team_name(operation: str, kilobytes: int) -> str:
    return f"{operation}-{kilobytes}"


def _length(build: Callable[[int], Payload], target: int) -> int:
    """Find the length of the prompts with which the body comes nearest below the target."""
    low, high = 0, target
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(build(middle).body) <= target else (low, middle - 1)
    return low


def _review(operation: str, kilobytes: int, prompt: int) -> Payload:
    name, steps = _team_name(operation, kilobytes), SIZES[kilobytes]
    stamped = _run(name, {**_snapshot(steps, prompt), **_INHERITED, "teamGeneration": 3, "input": _RESOLVED})
    stamped["metadata"]["labels"][TEAM_LABEL] = name
    if operation in UPDATED:
        return _update(operation, kilobytes, stamped)
    if operation == "validate-create":
        return Payload(operation, kilobytes, encode(_request("CREATE", stamped)), allowed=True)
    given = _run(name, {"input": _GIVEN} | (_snapshot(steps, prompt) if operation == "mutate-create" else {}))
    return Payload(operation, kilobytes, encode(_request("CREATE", given)), allowed=True, patched=stamped)


def _update(operation: str, kilobytes: int, old: dict[str, Any]) -> Payload:
    new: dict[str, Any] = json.loads(json.dumps(old))
    new["metadata"]["finalizers"] = [f"{GROUP}/run"]
    new["metadata"]["labels"]["app.kubernetes.io/version"] = "2"
    if operation == "validate-label":
        del old["metadata"]["labels"][TEAM_LABEL]
    if operation == "validate-deny":
        new["spec"]["roles"][-1]["systemPrompt"] += " and be brief"
    body = encode(_request("UPDATE", new, old))
    return Payload(operation, kilobytes, body, allowed=operation != "validate-deny")


_INHERITED = {"output": _OUTPUT, "timeoutSeconds": 600, "maxTokens": 200000}


def _snapshot(steps: int, prompt: int) -> dict[str, Any]:
    return {"pipeline": [_step(index) for index in range(steps)], "roles": [*_roles(steps, prompt)]}


def _step(index: int) -> dict[str, Any]:
    step: dict[str, Any] = {
        "role": f"agent{index}",
        "inputs": {"topic": "{{ .input.topic }}"},
        "outputSchema": _SCHEMA,
        "validate": {"contains": "title", "maxRetries": 2, "onFailure": "retry"},
    }
    if index:
        step["dependsOn"] = [f"agent{index - 1}"]
        step["inputs"]["draft"] = f"{{{{ .steps.agent{index - 1}.output }}}}"
    return step


def _roles(steps: int, prompt: int) -> Iterator[dict[str, Any]]:
    words = random.Random(steps)
    for index in range(steps):
        length = prompt // steps
        text = " ".join(words.choices(_WORDS, k=length // 4 + 1))[:length]
        yield {
            "name": f"agent{index}",
            "model": "claude-large",
            "systemPrompt": f"You are agent {index}. {text}",
            "limits": {"maxTokensPerCall": 8000, "timeoutSeconds": 120},
            "tools": [
                {"name": "search", "url": "https://tools.example/search", "description": "Search the web"}
            ],
        }


def _run(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    manager = {"f:metadata": {"f:labels": {".": {}}}, "f:spec": {".": {}, "f:teamRef": {}, "f:input": {}}}
    return {
        "apiVersion": API_VERSION,
        "kind": RUN_KIND,
        "metadata": {
            "name": f"{name}-run-a1b2c3",
            "namespace": "my-org",
            "uid": "5d3a2f0e-0b46-4b1f-9a39-9a7f0e4c9f11",
            "creationTimestamp": "2026-03-17T10:00:00Z",
            "generation": 1,
            "labels": {"app.kubernetes.io/part-of": "my-org"},
            "managedFields": [
                {
                    "apiVersion": API_VERSION,
                    "fieldsType": "FieldsV1",
                    "fieldsV1": manager,
                    "manager": "ark",
                    "operation": "Update",
                    "time": "2026-03-17T10:00:00Z",
                }
            ],
        },
        "spec": {"teamRef": name, **spec},
    }


def _request(operation: str, new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    kind = {"group": GROUP, "version": VERSION, "kind": RUN_KIND}
    resource = {"group": GROUP, "version": VERSION, "resource": RUN_PLURAL}
    options = {"apiVersion": "meta.k8s.io/v1", "kind": f"{operation.capitalize()}Options"}
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "name": new["metadata"]["name"],
            "namespace": "my-org",
            "operation": operation,
            "userInfo": {
                "username": "system:serviceaccount:ark:operator",
                "uid": "1f0c",
                "groups": ["system:serviceaccounts", "system:authenticated"],
            },
            "object": new,
            "oldObject": old,
            "dryRun": False,
            "options": options,
        },
    }
