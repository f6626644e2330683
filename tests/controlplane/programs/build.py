"""Build one program from its Go module into the cache."""

import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from controlplane.errors import BuildError
from controlplane.programs.tools import Tool

REPORT_EVERY_SECONDS = 10.0


def build(
    tool: Tool, target: Path, *, go: str, progress: Callable[[str], None], environment: Mapping[str, str]
) -> None:
    """Build the program at `target` atomically, even from several processes at once.

    Raises BuildError with the compiler's last lines.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.with_name(".lock"), waiting=lambda: progress(f"{tool}: another process builds it")):
        if target.exists():
            return
        unfinished = target.with_name(f".{tool.name}.unfinished")
        try:
            _go_build(tool, unfinished, go=go, progress=progress, environment=environment)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)


def _go_build(
    tool: Tool, output: Path, *, go: str, progress: Callable[[str], None], environment: Mapping[str, str]
) -> None:
    tags = [f"-tags={tool.tags}"] if tool.tags else []
    # GOFLAGS of this machine may set a vendor folder; the command line takes precedence.
    flags = ["-mod=readonly", "-trimpath", f"-ldflags={tool.ldflags}", *tags]
    command = [go, "build", *flags, "-o", str(output), tool.package]
    # Ignore this machine's workspace and the GOROOT of another Go.
    settings = {**environment, "CGO_ENABLED": "0", "GOWORK": "off"}
    settings.pop("GOROOT", None)
    log = output.with_suffix(".log")
    with log.open("w+") as text:
        process = subprocess.Popen(
            command, cwd=tool.go_mod.parent, env=settings, stdin=subprocess.DEVNULL, stdout=text, stderr=text
        )
        try:
            _wait(process, tool, progress)
        finally:
            process.terminate()
            process.wait()
        text.seek(0)
        lines = text.read().strip().splitlines()
    log.unlink()
    if process.returncode != 0:
        raise BuildError(f"`go build {tool.package}` ({tool.version}) failed:\n" + "\n".join(lines[-20:]))


def _wait(process: subprocess.Popen[bytes], tool: Tool, progress: Callable[[str], None]) -> None:
    """Wait for the end of the build, and report progress regularly."""
    started = time.monotonic()
    expected = f"a cold build takes about {tool.minutes} min on two cores"
    progress(f"{tool}: building with Go ({expected})")
    while True:
        try:
            process.wait(REPORT_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            progress(f"{tool}: building, {time.monotonic() - started:.0f} s ({expected})")
        else:
            return


@contextmanager
def locked(path: Path, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Lock a file; the kernel releases the lock when this process ends."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
