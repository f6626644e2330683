"""HTTP requests and responses as bytes, for malformed requests."""

import http.client
import json
import socket
from typing import Any

from support.builders.reviews import review_body, run_document, with_token


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    """Write the head of a request."""
    lines = [
        f"{method} {with_token(path)} HTTP/1.1",
        "Host: webhook",
        "Content-Type: application/json",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def post(path: str, body: bytes) -> bytes:
    """Write a whole request."""
    return head(path, f"Content-Length: {len(body)}") + body


def update(uid: str, **spec: Any) -> bytes:
    """Write the request for an update that changes nothing."""
    run = run_document(**spec)
    return post("/validate/arkruns", review_body(run, old=run, operation="UPDATE", uid=uid))


def uid_of(connection: socket.socket) -> str:
    """Read one answer; return the uid in it."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    uid: str = json.loads(answer.read())["response"]["uid"]
    return uid
