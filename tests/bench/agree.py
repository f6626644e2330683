"""Before anything is timed: every server says what the rules say."""

import http.client
import json
import ssl
from base64 import b64decode
from pathlib import Path
from typing import Any

import jsonpatch

from bench.errors import DisagreeError
from bench.payloads import Payload
from bench.servers import Server


def check(server: Server, payload: Payload, ca_file: Path) -> None:
    """Send one review and judge the answer; raises DisagreeError. `null` is only asked for an answer."""
    answer = ask(server, payload, ca_file)
    if server.name != "null" and (found := problem(payload, answer)):
        raise _disagrees(server, payload, found)


def problem(payload: Payload, answer: dict[str, Any]) -> str:
    """Say what an AdmissionReview answers against the rules; nothing when it agrees with them."""
    response = answer["response"]
    if response["allowed"] is not payload.allowed:
        return f"answered {json.dumps(response)[:300]}"
    if payload.patched is None:
        return ""
    patch = _patch(response)
    document = jsonpatch.apply_patch(json.loads(payload.body)["request"]["object"], patch)
    return "" if document == payload.patched else f"stamps another run, by {json.dumps(patch)[:300]}"


def ask(server: Server, payload: Payload, ca_file: Path) -> dict[str, Any]:
    """Send one review on a connection of its own; raises DisagreeError unless the answer is a 200."""
    context = ssl.create_default_context(cafile=ca_file)
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=30)
    try:
        connection.request("POST", payload.path, payload.body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise _disagrees(server, payload, f"answered HTTP {answer.status}: {body[:300]!r}")
    document: dict[str, Any] = json.loads(body)
    return document


def _patch(response: dict[str, Any]) -> Any:
    return json.loads(b64decode(response.get("patch", "")) or "[]")


def _disagrees(server: Server, payload: Payload, what: str) -> DisagreeError:
    return DisagreeError(f"{server.name} on {payload.name}: {what}; see {server.process.log.name}")
