"""Teams of a given size, and their runs."""

import json
import random
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import Any

from arkrun_crd.names import API_VERSION, RUN_KIND, TEAM_KIND, TEAM_LABEL

Json = dict[str, Any]

STEPS = {7: 3, 100: 16}
"""Kilobytes of a stored run's spec, and the number of steps in its pipeline."""

_KILOBYTE = 1024
_GIVEN = {"topic": "attention in transformers"}
_COPIED = ("pipeline", "roles", "output", "timeoutSeconds", "maxTokens")
_SCHEMA = json.dumps(
    {"type": "object", "required": ["title"], "properties": {"title": {"type": "string", "maxLength": 120}}}
)
_TEXT = (
    "research the topic and cite each source you used in the draft; keep the tone of the brief — "
    'no “filler”, no invented figures. Answer as JSON: {"title": "…", "points": [ ]}\n'
)
_WORDS = re.split(" ", _TEXT)


@cache
def team(kilobytes: int) -> Json:
    """Build the team whose stamped runs have this size; the CRD adds no defaults to it."""
    target = kilobytes * _KILOBYTE
    length = bisect_right(range(target), target, key=lambda prompt: _size(_team(kilobytes, prompt))) - 1
    return _team(kilobytes, length)


def trigger(name: str, owner: Json) -> Json:
    """Build a run with only teamRef and input, for a webhook to stamp."""
    return _run(name, {"teamRef": owner["metadata"]["name"], "input": _GIVEN})


def stamped(name: str, owner: Json) -> Json:
    """Build the same run with the stamp of a team of generation 1."""
    spec = {key: owner["spec"][key] for key in _COPIED}
    own = {"teamRef": owner["metadata"]["name"], "teamGeneration": 1}
    document = _run(name, {**own, **spec, "input": {"length": "800", "tone": "calm", **_GIVEN}})
    document["metadata"]["labels"] = {TEAM_LABEL: owner["metadata"]["name"]}
    return document


def _run(name: str, spec: Json) -> Json:
    return {"apiVersion": API_VERSION, "kind": RUN_KIND, "metadata": {"name": name}, "spec": spec}


def _size(owner: Json) -> int:
    spec = stamped("any", owner)["spec"]
    return len(json.dumps(spec, separators=(",", ":"), ensure_ascii=False).encode())


def _team(kilobytes: int, prompt: int) -> Json:
    steps = STEPS[kilobytes]
    spec = {
        "pipeline": [_step(index) for index in range(steps)],
        "roles": [*_roles(steps, prompt)],
        "output": "{{ .steps.agent0.output }}",
        "timeoutSeconds": 600,
        "maxTokens": 200000,
        "input": {"tone": "calm"},
        "inputs": [{"name": "topic", "required": True}, {"name": "length", "default": "800"}],
    }
    metadata = {"name": f"team-{kilobytes}kb"}
    return {"apiVersion": API_VERSION, "kind": TEAM_KIND, "metadata": metadata, "spec": spec}


def _step(index: int) -> Json:
    step: Json = {
        "role": f"agent{index}",
        "inputs": {"topic": "{{ .input.topic }}"},
        "outputSchema": _SCHEMA,
        "validate": {"contains": "title", "maxRetries": 2, "onFailure": "retry"},
        "maxOutputBytes": 65536,
    }
    if index:
        step["dependsOn"] = [f"agent{index - 1}"]
        step["inputs"]["draft"] = f"{{{{ .steps.agent{index - 1}.output }}}}"
    return step


def _roles(steps: int, prompt: int) -> Iterator[Json]:
    """Build the roles; `prompt` is the total length of their prompts."""
    words = random.Random(steps)
    for index in range(steps):
        length = (prompt + index) // steps
        text = " ".join(words.choices(_WORDS, k=length // 4 + 1))[:length]
        yield {
            "name": f"agent{index}",
            "model": "claude-large",
            "systemPrompt": f"You are agent {index}. {text}",
            "limits": {"tokensPerCall": 8000, "concurrentTasks": 5, "timeoutSeconds": 120, "retries": 3},
            "tools": [
                {"name": "search", "url": "https://tools.example/search", "description": "Search the web"}
            ],
        }
