"""A child process that never outlives its parent."""

import atexit
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from controlplane.errors import StartError

GUARD = Path(__file__).with_name("guard.py")
POLL_SECONDS = 0.05
TAIL_LINES = 20


class Process:
    """A program that logs to a file; it ends with `stop`, this process, or the thread that started it.

    It runs in a separate session, so Ctrl-C reaches only this process, which then stops it.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.log = log
        self.environment = None if environment is None else dict(environment)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._child.pid if self._child is not None and self.running else None

    @property
    def running(self) -> bool:
        """Return True between start and exit."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the program, appending its output to the log."""
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        atexit.register(self.stop)

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Poll until `ready()`; raises StartError with the end of the log if it exits or the time is up."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                code = None if self._child is None else self._child.returncode
                raise StartError(f"{self.name} ended with {code} before it was ready:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready in {seconds:g} s:\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def stop(self, *, grace_seconds: float = 10.0) -> None:
        """Terminate the process, and kill it if it does not exit; a second call does nothing."""
        atexit.unregister(self.stop)
        if self._child is None:
            return
        try:
            self._child.terminate()
            self._child.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._child.kill()
            self._child.wait()
            self._child = None

    def terminate(self) -> None:
        """Send SIGTERM to the started process."""
        self._started().terminate()

    def wait(self, seconds: float) -> int:
        """Wait for the end of the process and return its exit code."""
        return self._started().wait(seconds)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child

    def tail(self) -> str:
        """Return the last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-TAIL_LINES:])
