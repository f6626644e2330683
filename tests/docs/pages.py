"""Generated blocks of Markdown pages: `<!-- NAME: generated -->` … `<!-- end -->`."""

import re
from collections.abc import Callable
from pathlib import Path

from arkrun_history import metrics as history_metrics
from arkrun_webhook import metrics as webhook_metrics
from docs import bench
from docs.tables import (
    calls_table,
    findings_table,
    metrics_table,
    policies_table,
    refusals_table,
    settings_table,
    values_table,
)
from support.repository import CHART, ROOT

PAGES = ROOT / "docs"


BLOCKS: dict[Path, dict[str, Callable[[], str]]] = {
    PAGES / "operations.md": {
        "settings": settings_table,
        "metrics": lambda: metrics_table(webhook_metrics),
        "history metrics": lambda: metrics_table(history_metrics),
    },
    PAGES / "troubleshooting.md": {
        "refusals": refusals_table,
        "policies": lambda: policies_table((CHART / "templates" / "policies.yaml").read_text()),
        "findings": findings_table,
        "calls": calls_table,
    },
    PAGES / "performance.md": {
        "costs": bench.costs_table,
        "footprint": bench.footprint_table,
        "policies": bench.policies_table,
        "sealing": bench.sealing_table,
        "verification": bench.verification_table,
    },
    CHART / "README.md": {"values": lambda: values_table((CHART / "values.yaml").read_text())},
}


def fill(page: str, name: str, text: str) -> str:
    """Return the page with `text` in its block `name`; raises ValueError if there is no such block."""
    begin = f"<!-- {name}: generated -->"
    block = re.compile(re.escape(begin) + r".*?<!-- end -->", re.DOTALL)
    if not block.search(page):
        raise ValueError(f'the page has no block "{begin}" … "<!-- end -->"')
    return block.sub(lambda _: f"{begin}\n{text}<!-- end -->", page, count=1)


def write_all() -> None:
    """Rewrite every block of every page."""
    for path, blocks in BLOCKS.items():
        page = path.read_text()
        for name, table in blocks.items():
            page = fill(page, name, table())
        path.write_text(page)
