"""`python -m bench.growth`: what a create and an update cost beside ever more stored runs."""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import report
from bench.clients import create, merge, send
from bench.servers import usage_of
from bench.site import ADMITTED, BARE, Site, site
from historian import Historian

STORED = (100, 1_000, 10_000, 50_000)
CLIENTS = 16
BATCH = 2_000


def main() -> None:
    """Store, measure, store more; print and write growth.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--stored", nargs="+", type=int, default=STORED)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--output", type=Path, default=report.RESULTS)
    chosen = parser.parse_args()
    with site(_say) as made:
        found: dict[str, Any] = {"machine": report.machine(), "at": []}
        held = 0
        for wanted in chosen.stored:
            while held < wanted:
                count = min(BATCH, wanted - held)
                send(made.control_plane, [create(made.runs(BARE), made.run()) for _ in range(count)], CLIENTS)
                held += count
            found["at"].append({"stored": held, **_costs(made, chosen.calls)})
            _say(json.dumps(found["at"][-1]))
            report.write(chosen.output / "growth.json", found)


def _costs(made: Site, calls: int) -> dict[str, Any]:
    documents = [made.run(stamped=False) for _ in range(calls)]
    creates = send(made.control_plane, [create(made.runs(ADMITTED), each) for each in documents], 1)
    paths = [f"{made.runs(ADMITTED)}/{each['metadata']['name']}" for each in documents]
    updates = send(
        made.control_plane, [merge(path, {"metadata": {"labels": {"x": "y"}}}) for path in paths], 1
    )
    statuses = [merge(f"{path}/status", {"status": {"phase": "Running"}}) for path in paths]
    written = send(made.control_plane, statuses, 1)
    database = sum(path.stat().st_size for path in made.control_plane.directory.glob("**/member/snap/db"))
    return {
        "create": creates.document(),
        "label": updates.document(),
        "status": written.document(),
        "etcd_mb": round(database / 1e6, 1),
        "apiserver_mb": round(usage_of(made.control_plane._apiserver).rss_mb),
        "webhook_mb": round(usage_of(made.installed._process).rss_mb),
        "history_mb": _history_mb(made),
    }


def _history_mb(made: Site) -> int:
    """Let arkrun-history read all runs; gives its memory at most, in MB."""
    with (
        tempfile.TemporaryDirectory() as name,
        Historian(made.control_plane, Path(name) / "replica", dry_run=True) as replica,
    ):
        return round(replica.most_memory / 1024)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
