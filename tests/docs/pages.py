"""Generated blocks of Markdown pages: `<!-- NAME: generated -->` … `<!-- end -->`."""

import re
from collections.abc import Callable
from pathlib import Path

from docs.bench import costs_table, footprint_table, policies_table
from docs.tables import (
    calls_table,
    findings_table,
    metrics_table,
    refusals_table,
    settings_table,
    values_table,
)

ROOT = Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "charts" / "arkrun"

BLOCKS: dict[Path, dict[str, Callable[[], str]]] = {
    ROOT / "README.md": {
        "settings": settings_table,
        "refusals": refusals_table,
        "findings": findings_table,
        "calls": calls_table,
        "metrics": metrics_table,
        "costs": costs_table,
        "footprint": footprint_table,
        "policies": policies_table,
    },
    CHART / "README.md": {"values": lambda: values_table((CHART / "values.yaml").read_text())},
}


def fill(page: str, name: str, text: str) -> str:
    """Put `text` into the block `name` of a page; raises ValueError when the page has no such block."""
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
