"""`python -m soak.webhook.memory`: the memory of one webhook process over calls of every kind."""

import argparse
import socket
import ssl
import sys
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Sequence
from http.client import HTTPResponse
from itertools import islice
from typing import Any

from attack.arena import Arena, arena
from bench.variants.usage import usage_of
from soak.webhook.calls import Calls

SAMPLES = 20
CLIENTS = 4
# What the first calls fill for good: the allocator's arenas, the metrics' labels, connections.
SETTLED_SHARE = 0.25
ALLOWED_MB = 16


def main() -> None:
    """Show the memory as the calls go on; exits 1 when it grows after it had settled."""
    parser = argparse.ArgumentParser(prog="python -m soak.webhook.memory", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with arena(copies=1, values={"webhook.logLevel": "error"}) as attacked:
        memory, statuses = soak(attacked, options.requests, seed=options.seed)
    settled = memory[int(len(memory) * SETTLED_SHARE) :]
    growth = settled[-1] - settled[0]
    print(f"answers by status: {dict(sorted(statuses.items()))}")
    print(
        f"{statuses.total()} calls: {memory[0]:.1f} MB at the start, {settled[0]:.1f} MB after a quarter, "
        f"{settled[-1]:.1f} MB at the end, {max(memory):.1f} MB at most"
    )
    sys.exit(1 if growth > ALLOWED_MB or any(status >= 500 for status in statuses) else 0)


def soak(attacked: Arena, requests: int, *, seed: int) -> tuple[list[float], Counter[int]]:
    """Send the calls from several connections; return MB resident at each sample, and statuses."""
    clients = [Client(attacked, f"{seed}/{number}") for number in range(CLIENTS)]
    pid = attacked.installed.pid
    memory = [usage_of(pid).rss_mb]
    started = time.perf_counter()
    for sample in range(1, SAMPLES + 1):
        _together(clients, requests // (SAMPLES * CLIENTS))
        memory.append(usage_of(pid).rss_mb)
        count = _statuses(clients).total()
        print(f"{count:9} calls, {time.perf_counter() - started:6.0f} s, {memory[-1]:6.1f} MB", flush=True)
        assert count == sample * (requests // (SAMPLES * CLIENTS)) * CLIENTS, "a client has broken off"
    for one in clients:
        one.close()
    return memory, _statuses(clients)


def _together(clients: Sequence["Client"], count: int) -> None:
    threads = [threading.Thread(target=one.send, args=(count,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _statuses(clients: Sequence["Client"]) -> Counter[int]:
    return sum((one.statuses for one in clients), Counter())


class Client:
    """Sends one request after the other; opens a connection where the last one was closed."""

    def __init__(self, attacked: Arena, seed: str) -> None:
        (bundle, *_) = attacked.installed.ca_bundles("ValidatingWebhookConfiguration")
        self._context = ssl.create_default_context(cadata=b64decode(bundle).decode())
        self._port = attacked.installed.port
        self._connection: ssl.SSLSocket | None = None
        spec: dict[str, Any] = attacked.originals["blog-0"]["spec"]
        self._calls: Iterator[bytes] = iter(Calls(seed, namespace=attacked.namespace, team="blog", spec=spec))
        self.statuses: Counter[int] = Counter()

    def send(self, count: int) -> None:
        """Send `count` requests and read as many answers."""
        for call in islice(self._calls, count):
            connection = self._connection or self._connect()
            connection.sendall(call)
            answer = HTTPResponse(connection)
            answer.begin()
            answer.read()
            self.statuses[answer.status] += 1
            if answer.will_close:
                self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._connection = self._context.wrap_socket(plain, server_hostname="127.0.0.1")
        return self._connection


if __name__ == "__main__":
    main()
