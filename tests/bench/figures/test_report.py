"""bench.json, the chart, and the tables of docs/performance.md."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.figures import chart, report
from bench.figures.builders import measured, turn
from bench.measure import Plan
from docs.bench import cost_rows, footprint_rows

MACHINE = {"processor": "any", "cores": 2, "load_average_before": 0.1}
PROSE = (
    "ours takes 1.50 times the processor time and 1.00 times the p50 of the null pair, "
    "and 1.00 reads of the team per create"
)
OURS = {"api_server": 0.006, "etcd": 0.002, "webhook": 0.004}


def _document() -> dict[str, Any]:
    plan = Plan(("none", "null", "ours", "peer"), [7], {1: 2}, rounds=1, starts=3)
    samples = (turn("none"), turn("null"), turn("ours", cpu_seconds=OURS), turn("peer"))
    return report.document(plan, measured(*samples), MACHINE)


def test_results_are_written_as_one_document() -> None:
    """The document has ratios, figures, start-up times, memory and the machine."""
    content = _document()

    assert {name: content[name] for name in ("machine", "ours to null pair", "ready_s", "rss_mb")} == {
        "machine": MACHINE,
        "ours to null pair": [{"clients": 1, "kilobytes": 7, "cpu": 1.5, "p50": 1.0, "team_reads": 1.0}],
        "ready_s": {"null": 0.3, "ours": 1.1},
        "rss_mb": {
            "api_server": {"start": 300, "end": 500},
            "etcd": {"start": 40, "end": 81},
            "null": {"start": 30, "end": 31},
            "ours": {"start": 70, "end": 72},
        },
    }
    assert content["creates"][2] == {
        "clients": 1,
        "kilobytes": 7,
        "variant": "ours",
        "p50_ms": 2.0,
        "p99_ms": 2.0,
        "per_second": 500.0,
        "cpu_ms": {"api_server": 3.0, "etcd": 1.0, "webhook": 2.0},
        "team_reads": 1.0,
    }


def test_the_file_has_one_line_per_row(tmp_path: Path) -> None:
    """Diffs of two measurements are readable."""
    content = {"commit": "abc", "rows": [{"a": 1}, {"b": 2}], "machine": {"cores": 2}, "of": {"x": {"y": 3}}}
    report.write(tmp_path / "bench.json", content)

    text = (tmp_path / "bench.json").read_text()
    assert json.loads(text) == content
    assert text.splitlines() == [
        "{",
        ' "commit": "abc",',
        ' "rows": [',
        '  {"a": 1},',
        '  {"b": 2}',
        " ],",
        ' "machine": {"cores": 2},',
        ' "of": {',
        '  "x": {"y": 3}',
        " }",
        "}",
    ]


def test_the_terminal_shows_figures_and_ratios() -> None:
    """This is the output of `make bench-short`."""
    assert report.table(_document()).splitlines()[3:] == [
        "      1   7     ours    2.00    2.00        500    6.00        3.00  1.00     2.00   1.00",
        "      1   7     peer    2.00    2.00        500    4.00        3.00  1.00     0.00   0.00",
        "1 clients, 7 KB: " + PROSE,
        "api_server: 300 MB at the start, 500 MB at the end",
        "etcd: 40 MB at the start, 81 MB at the end",
        "null: 30 MB at the start, 31 MB at the end, ready after 0.30 s",
        "ours: 70 MB at the start, 72 MB at the end, ready after 1.10 s",
    ]


def test_the_chart_shows_each_variant_with_its_figures() -> None:
    """It is well-formed XML with the sum above each bar."""
    root = ElementTree.fromstring(chart.svg(_document()))
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]

    assert {*words} >= {
        "1 client, 7 KB",
        "arkrun",
        "null",
        "pair",
        "controller-",
        "runtime",
        "2.0",
        "4.0",
        "6.0",
    }


def test_the_page_compares_the_costs_of_variants() -> None:
    """It has a column for each variant, and one for the ratio of ours to the null pair."""
    assert [*cost_rows(_document())] == [
        ("1", "7 KB", "p50, ms", "2.0", "2.0", "2.0", "2.0", "1.00"),
        ("1", "7 KB", "processor time, ms", "4.0", "4.0", "6.0", "4.0", "1.50"),
        ("1", "7 KB", "reads of the team", "0.00", "0.00", "1.00", "0.00", ""),
    ]


def test_the_page_shows_start_and_memory_of_each_webhook() -> None:
    """The memory of API server and etcd is left out."""
    assert [*footprint_rows(_document())] == [
        ("null pair", "0.30", "30", "31"),
        ("arkrun", "1.10", "70", "72"),
    ]


def test_the_committed_results_are_one_short_file() -> None:
    """All figures fit on one screen."""
    assert len((report.RESULTS / "bench.json").read_text().splitlines()) < 150
