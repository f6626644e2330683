"""HTTP written and read byte by byte, for what no well-behaved client does."""

import http.client
import json
import socket


def uid_of(connection: socket.socket) -> str:
    """Read one answer; gives the uid in it."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    uid: str = json.loads(answer.read())["response"]["uid"]
    return uid


def head(method: str, path: str, length: int) -> bytes:
    """Write the head of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()
