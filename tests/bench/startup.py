"""`python -m bench.startup`: processor time to import and time to ready on one core, in turns."""

import argparse
import json
import os
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench import report
from bench.servers import cores, pinned, prepare
from controlplane import Process

BASE = "import fastapi, uvicorn, kubernetes.aio"
IMPORTS = {"python": "pass", BASE: BASE, "arkrun_webhook.server": "import arkrun_webhook.server"}
_KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "none", "user": {"token": "none"}}],
    "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
    "current-context": "none",
}


def main() -> None:
    """Measure, print, write startup.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in (*IMPORTS, "arkrun-webhook serve, ready")}
    for _ in range(chosen.rounds):
        for name, statement in IMPORTS.items():
            found[name].append(_timed(statement))
        found["arkrun-webhook serve, ready"].append(_ready())
    seconds = {name: round(median(times), 3) for name, times in found.items()}
    best = {name: round(min(times), 3) for name, times in found.items()}
    ratio = round(seconds["arkrun_webhook.server"] / seconds[BASE], 2)
    content = {"machine": report.machine(), "median_s": seconds, "best_s": best, "server over base": ratio}
    print(json.dumps(content, indent=1))
    report.write(chosen.output / "startup.json", content)


def _timed(statement: str) -> float:
    before = os.times()
    subprocess.run(pinned(cores()[0], [sys.executable, "-c", statement]), check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _ready() -> float:
    """Start the real program with a certificate from files; /readyz says when it is ready."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        (folder / "kubeconfig").write_text(json.dumps(_KUBECONFIG))
        port_file = folder / "port"
        environment = {**os.environ, "KUBECONFIG": str(folder / "kubeconfig")}
        program = str(Path(sys.executable).with_name("arkrun-webhook"))
        options = ["--host=127.0.0.1", "--port=0", f"--port-file={port_file}", "--cert-mode=files"]
        command = pinned(cores()[0], [program, "serve", *options, f"--cert-dir={folder}"])
        process = Process("arkrun-webhook", command, log=folder / "log", environment=environment)
        started = perf_counter()
        process.start()
        try:
            process.wait_until(port_file.exists, seconds=30)
            while not _says_ready(port_file, folder / "ca.crt"):
                sleep(0.01)
            return perf_counter() - started
        finally:
            process.stop()


def _says_ready(port_file: Path, ca_file: Path) -> bool:
    context = ssl.create_default_context(cafile=ca_file)
    try:
        url = f"https://127.0.0.1:{port_file.read_text().strip()}/readyz"
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
