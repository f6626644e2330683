"""Records of a foreign CRD: whatever they hold, what is readable is shown."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from arkrun_cli.cluster import check_run
from arkrun_cli.commands.diff import differences, format_difference
from arkrun_cli.commands.logs import Transcript
from arkrun_cli.commands.retry import retry_patch
from arkrun_cli.errors import ArkError
from arkrun_cli.render.page import render_page
from arkrun_cli.render.report import json_line, lines
from arkrun_cli.render.terminal import is_safe
from arkrun_cli.render.text import render_run
from arkrun_cli.run_view import RunView
from arkrun_crd.seal.verify import verify
from support.builders.records import DONE, Json, record, step
from support.builders.seals import KEY, sealed

NOW = datetime(2026, 3, 17, 10, 5, 45, tzinfo=UTC)
DANGEROUS = "".join(map(chr, (0x1B, 0x07, 0x0D, 0x9B, 0x202E, 0x2066, 0x200F, 0x2028, 0xD800, 0xE0041)))

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def shown(run: Json) -> str:
    """Render a run in every way that `ark` has."""
    view = RunView.read(run)
    console = Console(file=StringIO(), width=200, highlight=False, markup=False, emoji=False)
    console.print(render_run(view, NOW))
    assert isinstance(console.file, StringIO)
    changes = map(format_difference, differences(record(status=DONE), run))
    parts = [console.file.getvalue(), render_page(view, NOW), *Transcript().read(view), *changes]
    return "\n".join(parts)


ENDED = record(spec={"input": {"topic": "AI"}}, status={**DONE, "conditions": [{"status": "False"}]})
FAILED = record(status={"phase": "Failed", "steps": [step("researcher"), step("writer", "Failed")]})


@st.composite
def damaged(draw: st.DrawFn, run: Json) -> Json:
    """Draw a run of which one value, anywhere, is anything."""
    run = run.copy()
    node: Any = run
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        inner = node[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.integers(0, 3)) == 0:
            node[key] = draw(ANYTHING)
            return run
        # The builders share their defaults.
        node[key] = inner.copy()
        node = node[key]


@given(damaged(ENDED))
def test_a_damaged_record_is_shown(run: Json) -> None:
    """As text, as a page, as a log and as differences, whichever value is damaged."""
    assert shown(run)


@given(damaged(sealed(ENDED)))
def test_a_damaged_record_is_verified(run: Json) -> None:
    """It is altered, or nobody can tell; whatever is damaged, there is a report."""
    report = verify(run, {KEY.public.id: KEY.public})

    assert list(lines(run, report))
    assert json.loads(json_line(run, report))["state"] == report.state


@given(damaged(FAILED))
def test_a_damaged_record_is_retried_or_refused(run: Json) -> None:
    """Never with a traceback."""
    with suppress(ArkError):
        assert retry_patch(check_run(run))["status"]["phase"] == "Running"


@pytest.mark.parametrize(
    ("spec", "status", "text"),
    [
        ({"pipeline": [{"dependsOn": ["a"]}, {"role": "kept"}]}, {}, "kept"),
        ({"pipeline": "none"}, {}, "blog-run-1"),
        ({"input": {"n": None, "m": 5}}, {}, "m  5"),
        ({"input": ["a"]}, {}, "blog-run-1"),
        ({}, {"steps": [{"phase": "Running"}]}, "steps[0]"),
        ({}, {"steps": [step("a", output={"b": 1})]}, '{"b": 1}'),
        ({}, {"steps": [step("a", "Failed", message=None)]}, "a: no message"),
        ({}, {"steps": [step("a"), step("a", "Failed")]}, "a (steps[1])"),
        ({}, {"startTime": 5, "phase": "Running"}, "not started"),
        ({}, {"totalTokenUsage": {"totalTokens": "many"}}, "total"),
        ({}, {"phase": ["Failed"]}, '["Failed"]'),
    ],
)
def test_what_is_readable_of_a_foreign_record_is_shown(spec: Json, status: Json, text: str) -> None:
    """A missing name is replaced by the place, and a value of another type by its JSON."""
    assert text in shown(record(spec=spec, status=status))


@pytest.mark.parametrize(
    "run",
    [
        record(f"n{DANGEROUS}"),
        record(team=f"t{DANGEROUS}"),
        record(namespace=f"n{DANGEROUS}"),
        record(spec={"input": {f"k{DANGEROUS}": f"v{DANGEROUS}"}}),
        record(spec={"pipeline": [{"role": f"r{DANGEROUS}", "dependsOn": [f"d{DANGEROUS}"]}]}),
        record(status={"phase": f"p{DANGEROUS}", "output": f"o{DANGEROUS}"}),
        record(status={"phase": "Failed", "steps": [step("a", "Failed", taskID=f"t{DANGEROUS}")]}),
        record(status={"phase": "Failed", "steps": [step("a", "Failed", message=f"m{DANGEROUS}")]}),
        record(
            status={"phase": "Running", "steps": [step(f"s{DANGEROUS}", f"p{DANGEROUS}", output=DANGEROUS)]}
        ),
        record(status={"phase": "Failed", "conditions": [{"status": "False", "message": f"c{DANGEROUS}"}]}),
    ],
)
def test_no_control_or_bidirectional_character_reaches_the_reader(run: Json) -> None:
    """From any field of a record."""
    assert is_safe(shown(run))


def test_a_message_of_several_lines_cannot_pass_for_another_step() -> None:
    """Every line but the first is indented."""
    steps = [step("a", "Failed", message="boom\n  b: fine")]

    assert "  a: boom\n      b: fine" in shown(record(status={"phase": "Failed", "steps": steps}))


def test_a_name_with_a_line_end_stays_on_its_line() -> None:
    """It could look like a row of its own otherwise."""
    assert "a b" in shown(record(status={"phase": "Running", "steps": [step("a\nb", "Running")]}))


def test_a_thousand_steps_that_wait_for_each_other_are_ordered() -> None:
    """Each waits for all before it, listed backwards."""
    names = [f"s{number}" for number in range(1000)]
    pipeline = [{"role": name, "dependsOn": names[max(0, n - 300) : n]} for n, name in enumerate(names)]

    steps = RunView.read(record(spec={"pipeline": pipeline[::-1]})).steps

    assert [each.name for each in steps] == names
