"""`python -m bench.generators`: crd-gen check beside controller-gen v0.23.0, for the same two kinds.

Both end in the verdict "what is committed is what the sources say": crd-gen check compares eight
files; controller-gen writes two definitions into a scratch folder, which are then compared with those
of its first run. Prints a table; judges nothing by the clock.
"""

import filecmp
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GO_TYPES = Path(__file__).with_name("controller-gen")
ROUNDS = 20


def main() -> int:
    """Measure and print; 1 when Go is not there."""
    if not shutil.which("go"):
        print("the benchmark needs Go, for controller-gen", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        print(_table(_measure(_contenders(Path(scratch)))))
    return 0


def _contenders(scratch: Path) -> dict[str, Callable[[], None]]:
    committed, fresh = scratch / "committed", scratch / "fresh"
    built = _run(["go", "tool", "-n", "controller-gen"], GO_TYPES).strip()
    # The first call builds it; then it is the very binary that `go tool` starts.
    _run(["go", "tool", "controller-gen", "--version"], GO_TYPES)
    _generate([built], committed)

    def controller_gen(command: list[str]) -> None:
        _generate(command, fresh)
        same = filecmp.cmpfiles(committed, fresh, [file.name for file in committed.iterdir()], shallow=False)
        if same[1] or same[2]:
            raise SystemExit(f"controller-gen wrote other bytes: {same}")

    return {
        "crd-gen check": _check,
        "controller-gen, built": lambda: controller_gen([built]),
        "go tool controller-gen": lambda: controller_gen(["go", "tool", "controller-gen"]),
    }


def _check() -> None:
    _run([str(Path(sys.executable).with_name("crd-gen")), "check"], ROOT)


def _generate(command: list[str], folder: Path) -> None:
    _run([*command, "crd", "paths=./v1alpha1", f"output:crd:dir={folder}"], GO_TYPES)


def _run(command: list[str], folder: Path) -> str:
    # Both are compiled before they are measured: Python's share of that is its bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def _measure(contenders: dict[str, Callable[[], None]]) -> dict[str, list[tuple[float, float]]]:
    """Give (wall, processor) seconds of every run; in turns, so that a busy machine is busy for all."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            started, used = time.perf_counter(), _processor()
            run()
            found[name].append((time.perf_counter() - started, _processor() - used))
    return found


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _table(found: dict[str, list[tuple[float, float]]]) -> str:
    lines = [f"{'':<24}{'wall median':>12}{'wall best':>12}{'cpu median':>12}   seconds, {ROUNDS} runs each"]
    for name, runs in found.items():
        walls, used = [wall for wall, _ in runs], [cpu for _, cpu in runs]
        middle, best, processor = statistics.median(walls), min(walls), statistics.median(used)
        lines.append(f"{name:<24}{middle:>12.3f}{best:>12.3f}{processor:>12.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
