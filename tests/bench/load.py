"""The load: wrk on a core of its own, else threads of ours (`python -m bench.load`).

A slow generator spoils requests per second, not the server's processor time per request; so the
generator's own share of its core is told with each figure.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from bench.errors import LoadError
from bench.servers import TESTS, pinned

SCRIPT = Path(__file__).with_name("review.lua")


@dataclass(frozen=True)
class Load:
    """What the generator saw; `own_share` is the part of its core that it used (1 is all of it)."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int
    own_share: float


def generator() -> str:
    """Name what makes the load."""
    return "wrk" if shutil.which("wrk") else "threads"


def run(url: str, body: Path, *, connections: int, seconds: float, core: int) -> Load:
    """Send the review in `body` to `url` for some seconds; raises LoadError."""
    command = _wrk(url, body, connections, seconds) or _threads(url, body, connections, seconds)
    before, started = os.times(), perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(pinned(core, command), check=False, capture_output=True, text=True, env=environment)
    after, took = os.times(), perf_counter() - started
    if done.returncode:
        raise LoadError(f"{' '.join(command)}: {done.stderr or done.stdout}")
    own = after.children_user + after.children_system - before.children_user - before.children_system
    seen = json.loads(done.stdout.splitlines()[-1])
    if seen["errors"] or not seen["requests"]:
        raise LoadError(f"{url}, {body.name}: {seen['errors']} errors in {seen['requests']} requests")
    return Load(**seen, own_share=own / took)


def _wrk(url: str, body: Path, connections: int, seconds: float) -> list[str]:
    program = shutil.which("wrk")
    if program is None:
        return []
    shape = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout=30s"]
    return [program, *shape, "-s", str(SCRIPT), url, "--", str(body)]


def _threads(url: str, body: Path, connections: int, seconds: float) -> list[str]:
    return [sys.executable, "-m", "bench.load", url, str(body), str(connections), str(seconds)]


class _Client(threading.Thread):
    """One connection that sends the same request and waits for each answer."""

    def __init__(self, url: str, body: bytes, until: float) -> None:
        super().__init__()
        parts = urlsplit(url)
        self._address = (str(parts.hostname), int(parts.port or 443))
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        self._request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self._until = until
        self.times: list[float] = []
        self.errors = 0

    def run(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(self._address) as plain, context.wrap_socket(plain) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = connection.makefile("rb")
            while (started := perf_counter()) < self._until:
                connection.sendall(self._request)
                status, length = answers.readline(), 0
                while (line := answers.readline().strip().lower()) not in (b"", None):
                    if line.startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                answers.read(length)
                self.errors += b" 200 " not in status
                self.times.append(perf_counter() - started)


def main() -> None:
    """Print what wrk's script prints."""
    url, body, connections, seconds = sys.argv[1:]
    began = perf_counter()
    clients = [_Client(url, Path(body).read_bytes(), began + float(seconds)) for _ in range(int(connections))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    times = sorted(time * 1000 for client in clients for time in client.times) or [0.0]
    seen = {
        "requests": len(times),
        "seconds": perf_counter() - began,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[len(times) * 99 // 100],
        "max_ms": times[-1],
        "errors": sum(client.errors for client in clients),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
