"""One measured process: pinned to a core, its memory and processor time read from /proc."""

import os
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

from bench import peers
from bench.payloads import write_teams
from controlplane import Process

TESTS = Path(__file__).resolve().parent.parent
NAMES = ("null", "ours", "go", "rust")
READY_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """Give the core of the servers and that of the load; one and the same where there is but one."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def pinned(core: int, command: list[str]) -> list[str]:
    """Make a command that runs on one core, where taskset is there to do so."""
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(core), *command] if taskset else command


@dataclass
class Usage:
    """What a process has used: seconds of processor time, MB resident now and at most."""

    cpu_seconds: float
    rss_mb: float
    peak_mb: float


def usage_of(process: Process | None) -> Usage:
    """Read what a running process has used so far."""
    assert process is not None
    proc = Path(f"/proc/{process.pid}")
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    rss, peak = (int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, rss, peak)


class Server:
    """A server on a free port of loopback."""

    def __init__(self, name: str, command: Callable[[int], list[str]], core: int, folder: Path) -> None:
        self.name = name
        self.port = _free_port()
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        self.process = Process(
            name, pinned(core, command(self.port)), log=folder / f"{name}.log", environment=environment
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens; raises controlplane.StartError."""
        self.process.start()
        self.process.wait_until(self._listens, seconds=READY_SECONDS)

    def usage(self) -> Usage:
        """Read what it has used so far."""
        return usage_of(self.process)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


def prepare(folder: Path) -> Path:
    """Write the certificate (ECDSA P-256) and the teams that every server reads; gives the CA's file."""
    authority = trustme.CA()
    pair = authority.issue_cert("127.0.0.1")
    pair.private_key_pem.write_to_path(folder / "tls.key")
    for blob in pair.cert_chain_pems:
        blob.write_to_path(folder / "tls.crt", append=True)
    authority.cert_pem.write_to_path(folder / "ca.crt")
    write_teams(folder / "teams")
    return folder / "ca.crt"


def server(name: str, folder: Path, core: int, progress: Callable[[str], None]) -> Server:
    """Make a server by its name, and build it when it is a peer; raises BuildError."""
    teams = folder / "teams"
    if name == "go":
        program = str(peers.build_go(progress))
        return Server(name, lambda port: [program, *_flags(port, folder, teams)], core, folder)
    if name == "rust":
        program = str(peers.build_rust(progress))
        return Server(name, lambda port: [program, str(port), str(folder), str(teams)], core, folder)
    python = [sys.executable, "-m", "bench.serve", name]
    return Server(name, lambda port: [*python, str(port), str(folder), str(teams)], core, folder)


def _flags(port: int, folder: Path, teams: Path) -> list[str]:
    return [f"--port={port}", f"--certificates={folder}", f"--teams={teams}"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
