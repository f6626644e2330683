"""Clients of the real API server: threads with one persistent connection each, and their measurements."""

import http.client
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlsplit

from bench.errors import LoadError
from controlplane import ControlPlane

MERGE = "application/merge-patch+json"
JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """A request to the API server, and its expected status."""

    method: str
    path: str
    body: bytes
    status: int
    content_type: str = JSON


def create(path: str, document: dict[str, Any]) -> Call:
    """Create an object in a collection."""
    return Call("POST", path, json.dumps(document).encode(), 201)


def merge(path: str, patch: dict[str, Any]) -> Call:
    """Change an object with a merge patch."""
    return Call("PATCH", path, json.dumps(patch).encode(), 200, MERGE)


@dataclass(frozen=True)
class Latencies:
    """Sorted latencies of calls in ms, and the seconds for all of them."""

    milliseconds: list[float]
    seconds: float

    def document(self) -> dict[str, float]:
        """Return the percentiles and the rate as JSON values."""
        figures = {
            "p50_ms": percentile(self.milliseconds, 50),
            "p99_ms": percentile(self.milliseconds, 99),
            "per_second": len(self.milliseconds) / self.seconds,
        }
        return {key: round(value, 3) for key, value in figures.items()}


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return a percentile of sorted numbers."""
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Clients:
    """Concurrent clients of the API server, each with one persistent connection."""

    def __init__(self, control_plane: ControlPlane, count: int) -> None:
        address, context = urlsplit(control_plane.url).netloc, control_plane.api.context
        self._connections = [
            http.client.HTTPSConnection(address, context=context, timeout=60) for _ in range(count)
        ]

    def __enter__(self) -> Self:
        for connection in self._connections:
            connection.connect()
        return self

    def __exit__(self, *_exception: object) -> None:
        for connection in self._connections:
            connection.close()

    def send(self, calls: list[Call]) -> Latencies:
        """Divide calls among the clients and send them; raises LoadError for an unexpected status."""
        count = len(self._connections)
        threads = [
            _Client(connection, calls[start::count]) for start, connection in enumerate(self._connections)
        ]
        started = perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = perf_counter() - started
        if problem := next((thread.problem for thread in threads if thread.problem), ""):
            raise LoadError(problem)
        times = sorted(time for thread in threads for time in thread.milliseconds)
        return Latencies(times, took)


class _Client(threading.Thread):
    def __init__(self, connection: http.client.HTTPSConnection, calls: list[Call]) -> None:
        super().__init__()
        self._connection = connection
        self._calls = calls
        self.milliseconds: list[float] = []
        self.problem = ""

    def run(self) -> None:
        for call in self._calls:
            started = perf_counter()
            headers = {"Accept": JSON, "Content-Type": call.content_type}
            try:
                self._connection.request(call.method, call.path, call.body, headers)
                answer = self._connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.problem = f"{call.method} {call.path}: {error!r}"
                break
            self.milliseconds.append((perf_counter() - started) * 1000)
            if answer.status != call.status:
                self.problem = f"{call.method} {call.path}: HTTP {answer.status} {body[:300]!r}"
                break


def send(control_plane: ControlPlane, calls: list[Call], clients: int) -> Latencies:
    """Send calls with this many new clients; raises LoadError for an unexpected status."""
    with Clients(control_plane, clients) as opened:
        return opened.send(calls)


def in_turns(
    control_plane: ControlPlane, makers: dict[str, Callable[[int], list[Call]]], clients: int, rounds: int
) -> dict[str, Latencies]:
    """Send each maker's calls in turns, round by round; `maker(round)` returns the calls of one turn."""
    latencies: dict[str, list[Latencies]] = {name: [] for name in makers}
    for number in range(rounds):
        for name, maker in makers.items():
            latencies[name].append(send(control_plane, maker(number), clients))
    return {name: _together(parts) for name, parts in latencies.items()}


def _together(parts: list[Latencies]) -> Latencies:
    times = sorted(time for part in parts for time in part.milliseconds)
    return Latencies(times, sum(part.seconds for part in parts))
