"""Clients of the real API server: threads with one kept connection each, and what they saw."""

import http.client
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from bench.errors import LoadError
from controlplane import ControlPlane

MERGE = "application/merge-patch+json"
JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """One request to the API server, and the status that it must get."""

    method: str
    path: str
    body: bytes
    status: int
    content_type: str = JSON


def create(path: str, document: dict[str, Any]) -> Call:
    """Create an object in a collection."""
    return Call("POST", path, json.dumps(document).encode(), 201)


def merge(path: str, patch: dict[str, Any]) -> Call:
    """Change an object by a merge patch."""
    return Call("PATCH", path, json.dumps(patch).encode(), 200, MERGE)


@dataclass(frozen=True)
class Seen:
    """Latencies of some calls in ms, sorted, and how many there were in a second."""

    milliseconds: list[float]
    per_second: float

    def at(self, percent: int) -> float:
        """Give a percentile."""
        return self.milliseconds[min(len(self.milliseconds) - 1, len(self.milliseconds) * percent // 100)]

    def document(self) -> dict[str, float]:
        """Give what goes into the JSON file."""
        figures = {"p50_ms": self.at(50), "p99_ms": self.at(99), "per_second": self.per_second}
        return {key: round(value, 3) for key, value in figures.items()}


class _Client(threading.Thread):
    def __init__(self, address: str, context: ssl.SSLContext, calls: list[Call]) -> None:
        super().__init__()
        self._connection = http.client.HTTPSConnection(address, context=context, timeout=60)
        self._calls = calls
        self.milliseconds: list[float] = []
        self.problem = ""

    def run(self) -> None:
        for call in self._calls:
            started = perf_counter()
            headers = {"Accept": JSON, "Content-Type": call.content_type}
            self._connection.request(call.method, call.path, call.body, headers)
            answer = self._connection.getresponse()
            body = answer.read()
            self.milliseconds.append((perf_counter() - started) * 1000)
            if answer.status != call.status:
                self.problem = f"{call.method} {call.path}: HTTP {answer.status} {body[:300]!r}"
                break
        self._connection.close()


def send(control_plane: ControlPlane, calls: list[Call], clients: int) -> Seen:
    """Send calls, shared among that many clients; raises LoadError when one is not answered as it must be."""
    address, context = urlsplit(control_plane.url).netloc, control_plane.api._context
    threads = [_Client(address, context, calls[start::clients]) for start in range(clients)]
    started = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = perf_counter() - started
    if problem := next((thread.problem for thread in threads if thread.problem), ""):
        raise LoadError(problem)
    times = sorted(time for thread in threads for time in thread.milliseconds)
    return Seen(times, len(times) / took)


def in_turns(
    control_plane: ControlPlane, makers: dict[str, Callable[[int], list[Call]]], clients: int, rounds: int
) -> dict[str, Seen]:
    """Send each maker's calls in turns, round by round; `maker(round)` gives the calls of one turn."""
    found: dict[str, list[Seen]] = {name: [] for name in makers}
    for number in range(rounds):
        for name, maker in makers.items():
            found[name].append(send(control_plane, maker(number), clients))
    return {name: _together(parts) for name, parts in found.items()}


def _together(parts: list[Seen]) -> Seen:
    times = sorted(time for part in parts for time in part.milliseconds)
    seconds = sum(len(part.milliseconds) / part.per_second for part in parts)
    return Seen(times, len(times) / seconds)
