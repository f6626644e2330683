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
# Share of the calls until the allocator's arenas, the metrics' labels and the connections are allocated.
SETTLED_SHARE = 0.25
ALLOWED_MB = 16


def main() -> None:
    """Print the memory during the calls; exit with 1 if it still grows after it settled."""
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
    """Send calls over several connections; return the resident MB at each sample, and the statuses."""
    clients = [Client(attacked, f"{seed}/{number}") for number in range(CLIENTS)]
    pid = attacked.installed.pid
    memory = [usage_of(pid).rss_mb]
    started = time.perf_counter()
    for sample in range(1, SAMPLES + 1):
        _together(clients, requests // (SAMPLES * CLIENTS))
        memory.append(usage_of(pid).rss_mb)
        count = _statuses(clients).total()
        print(f"{count:9} calls, {time.perf_counter() - started:6.0f} s, {memory[-1]:6.1f} MB", flush=True)
        assert count == sample * (requests // (SAMPLES * CLIENTS)) * CLIENTS, "a client stopped early"
    for client in clients:
        client.close()
    return memory, _statuses(clients)


def _together(clients: Sequence["Client"], count: int) -> None:
    threads = [threading.Thread(target=client.send, args=(count,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _statuses(clients: Sequence["Client"]) -> Counter[int]:
    return sum((client.statuses for client in clients), Counter())


class Client:
    """Sends requests one after another, and reconnects if the connection was closed."""

    def __init__(self, attacked: Arena, seed: str) -> None:
        (bundle, *_) = attacked.installed.ca_bundles("ValidatingWebhookConfiguration")
        self._context = ssl.create_default_context(cadata=b64decode(bundle).decode())
        self._port = attacked.installed.port
        self._connection: ssl.SSLSocket | None = None
        spec: dict[str, Any] = attacked.originals["blog-0"]["spec"]
        self._calls: Iterator[bytes] = iter(Calls(seed, namespace=attacked.namespace, team="blog", spec=spec))
        self.statuses: Counter[int] = Counter()

    def send(self, count: int) -> None:
        """Send `count` requests and read their responses."""
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
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        self._connection = self._context.wrap_socket(plain, server_hostname="127.0.0.1")
        return self._connection


if __name__ == "__main__":
    main()
