"""The HTML page of a run: graph, readable outputs, the record to copy, any number of steps."""

import html
import json
import re
import time
from datetime import UTC, datetime

from arkrun_cli.render.page import render_page
from arkrun_cli.run_view import RunView
from support.builders.records import DONE, Json, record, step, usage

NOW = datetime(2026, 3, 17, 10, 5, 45, tzinfo=UTC)


def page(run: Json) -> str:
    """Render the page with the record."""
    return render_page(RunView.read(run), NOW, run)


def test_the_graph_shows_times_and_tokens() -> None:
    """In each box, below the name."""
    assert re.findall(r'<text class="phase"[^>]*>([^<]*)</text>', page(record(status=DONE))) == [
        "Succeeded · 12s · 1,560",
        "Succeeded · 33s · 4,600",
    ]


def test_the_table_counts_as_the_graph_does() -> None:
    """With separators: a run may take millions of tokens."""
    steps = [step("researcher", tokenUsage=usage(1_234_567, 8_765_433))]

    assert re.findall(r'<td class="number">([^<]*)</td>', page(record(status={"steps": steps})))[:4] == [
        "-",
        "10,000,000",
        "1,234,567",
        "8,765,433",
    ]


def test_an_altered_record_is_marked() -> None:
    """In another colour than a note."""
    text = render_page(RunView.read(record()), NOW, seal="altered: spec differs from what was sealed")

    assert '<p class="altered">seal: altered: spec differs from what was sealed</p>' in text


def test_an_output_that_is_json_is_indented() -> None:
    """Any other is shown as it is."""
    steps = [step("researcher", output='{"a":[1]}'), step("writer", output="{not json")]

    text = html.unescape(page(record(status={"phase": "Running", "steps": steps})))

    assert '<pre>{\n  "a": [\n    1\n  ]\n}</pre>' in text
    assert "<pre>{not json</pre>" in text


def test_the_record_can_be_copied() -> None:
    """As JSON that is the record again; what would end the text area is escaped."""
    run = record(status={**DONE, "output": "</textarea><script>\u202e"})

    (text,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page(run), re.DOTALL)

    assert json.loads(html.unescape(text)) == run


def test_a_thousand_steps_are_a_page_of_a_moment() -> None:
    """In a chain, which is the widest graph."""
    names = [f"s{number}" for number in range(1000)]
    pipeline = [{"role": name, "dependsOn": names[max(0, n - 1) : n]} for n, name in enumerate(names)]
    steps = [step(name, output="o", tokenUsage=usage(1, 2)) for name in names]
    run = record(spec={"pipeline": pipeline}, status={"phase": "Running", "steps": steps})

    started = time.monotonic()
    text = page(run)

    assert time.monotonic() - started < 5
    assert text.count('<g class="box') == 1000
