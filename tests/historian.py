"""`arkrun-history` as a process beside the API server, as the chart's Deployment would run it."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from controlplane import ControlPlane, Process

PROGRAM = str(Path(sys.executable).with_name("arkrun-history"))
READY_SECONDS = 60.0


class Historian:
    """One replica; `settings` are flags by name, a dash for an underscore."""

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
        self._process.wait_until(lambda: self.ask("/readyz")[0] == 200, seconds=READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()

    def finish(self) -> int:
        """Run to the end, and give the exit code."""
        self._process.start()
        wait_for(lambda: not self._process.running)
        assert self._process._child is not None
        return self._process._child.returncode

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        wait_for(lambda: not self.running)

    @property
    def most_memory(self) -> int:
        """KiB of memory that it has had at its most; 0 when it does not run."""
        if self._process.pid is None:
            return 0
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.running

    @property
    def said(self) -> list[dict[str, Any]]:
        """What it has logged."""
        lines = self._process.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def metric(self, name: str) -> float:
        """Read a metric without labels, or with them as they are written."""
        for line in self.ask("/metrics")[1].splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        raise AssertionError(f"no metric {name}")

    def shows(self, name: str, value: float) -> bool:
        """Whether a metric has this value."""
        return self.metric(name) == value

    def ask(self, path: str) -> tuple[int, str]:
        """Ask a probe; 0 while nobody listens."""
        try:
            port = self._port_file.read_text().strip()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""


def _flag(name: str, value: object) -> str:
    return f"--{name}" if value is True else f"--{name}={value}"


Starter = Callable[..., Historian]
"""Makes a replica with these settings."""


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until it holds; the issue's minute is the bound."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be within the time"
        time.sleep(0.1)


def next_second() -> None:
    """Wait until the clock shows another second: Kubernetes' times have no fractions to tell an order by."""
    time.sleep(1 - time.time() % 1)
