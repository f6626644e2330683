"""`arkrun-history` as a process against the API server, as the chart's Deployment runs it."""

from __future__ import annotations

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from controlplane import ControlPlane, Process
from support.polling import wait_for

PROGRAM = str(Path(sys.executable).with_name("arkrun-history"))
READY_SECONDS = 60.0


class HistoryProcess:
    """One replica, ready inside the `with` block; `settings` are flags with underscores for dashes."""

    def __init__(
        self, control_plane: ControlPlane, directory: Path, *, kubeconfig: Path | None = None, **settings: Any
    ) -> None:
        directory.mkdir(exist_ok=True)
        self._port_file = directory / "port"
        flags = {"host": "127.0.0.1", "port": 0, "port_file": self._port_file, **settings}
        arguments = [_flag(name.replace("_", "-"), value) for name, value in flags.items()]
        environment = control_plane.environment(kubeconfig) | {"PATH": os.environ.get("PATH", os.defpath)}
        log = directory / "history.log"
        self._process = Process(
            "arkrun-history", [PROGRAM, "run", *arguments], log=log, environment=environment
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._process.wait_until(lambda: self.get("/readyz")[0] == 200, seconds=READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()

    def finish(self) -> int:
        """Run until it exits and return the exit code."""
        self._process.start()
        wait_for(lambda: not self._process.running)
        assert self._process._child is not None
        return self._process._child.returncode

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """Send SIGKILL and wait until the process is gone."""
        self.signal(signal.SIGKILL)
        wait_for(lambda: not self.running)

    @property
    def peak_memory_kib(self) -> int:
        """Peak resident memory in KiB; 0 if it is not running."""
        if self._process.pid is None:
            return 0
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    @property
    def running(self) -> bool:
        """Return True until the process exits."""
        return self._process.running

    @property
    def logged(self) -> list[dict[str, Any]]:
        """The log lines so far."""
        lines = self._process.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def metric(self, name: str) -> float:
        """Read a metric by its name and labels, written as in the exposition format."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        raise AssertionError(f"no metric {name}")

    def has_metric(self, name: str, value: float) -> bool:
        """Return True if a metric has this value."""
        return self.metric(name) == value

    def is_leading(self) -> bool:
        """Return True if this replica holds the Lease."""
        return self.has_metric("arkrun_history_leading", 1)

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of a GET; status 0 while nothing listens."""
        try:
            port = self._port_file.read_text().strip()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""


def _flag(name: str, value: object) -> str:
    return f"--{name}" if value is True else f"--{name}={value}"


StartHistory = Callable[..., HistoryProcess]
"""Build a replica with these settings."""
