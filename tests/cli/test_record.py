"""A record as a person reads it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_cli.record import Record, human, in_order
from builders_records import DONE, record, step, usage


def test_steps_come_in_the_order_of_the_graph() -> None:
    """A step comes after those it waits for, though the pipeline may list it first."""
    pipeline: list[dict[str, Any]] = [
        {"role": "editor", "dependsOn": ["writer", "critic"]},
        {"role": "critic", "dependsOn": ["researcher"]},
        {"role": "researcher"},
        {"role": "writer", "dependsOn": ["researcher"]},
    ]

    assert [name for name, _ in in_order(pipeline)] == ["researcher", "critic", "writer", "editor"]


def test_a_cycle_is_shown_as_written() -> None:
    """Old records may hold what is refused today; they can still be looked at."""
    pipeline = [{"role": "a", "dependsOn": ["b"]}, {"role": "b", "dependsOn": ["a"]}]

    assert in_order(pipeline) == [("a", ("b",)), ("b", ("a",))]


@given(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(st.permutations(range(n)), st.sets(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_no_step_comes_before_one_it_waits_for(drawn: tuple[list[int], set[tuple[int, int]]]) -> None:
    """Whatever the graph and the order in which it is written."""
    written, pairs = drawn
    waits = {(later, earlier) for later, earlier in pairs if earlier < later}
    pipeline: list[dict[str, Any]] = [
        {"role": str(n), "dependsOn": [str(e) for lt, e in waits if lt == n]} for n in written
    ]

    order = [int(name) for name, _ in in_order(pipeline)]

    assert sorted(order) == sorted(written)
    assert all(order.index(earlier) < order.index(later) for later, earlier in waits)


def test_steps_that_no_pipeline_names() -> None:
    """A routed run has a step `route`; it is shown like any other."""
    routed = record(spec={"pipeline": []}, status={"phase": "Running", "steps": [step("route", "Running")]})

    assert [(s.name, s.phase) for s in Record.read(routed).steps] == [("route", "Running")]


@pytest.mark.parametrize(
    ("total", "note"),
    [
        (usage(1560, 4600), ""),
        (
            usage(2000, 5000),
            (
                "steps add up to 6160, the record's total is 7000: "
                "a retry wipes a failed step's figures but not the total"
            ),
        ),
        (
            usage(320, 1240),
            (
                "steps add up to 6160, the record's total is 1560: "
                "the total was written before the last step's figures"
            ),
        ),
        (None, ""),
    ],
)
def test_tokens_that_do_not_add_up(total: dict[str, int] | None, note: str) -> None:
    """The note gives both figures and the reason."""
    status = {**DONE, "totalTokenUsage": total}

    assert Record.read(record(status=status)).token_note() == note


def test_a_run_that_failed_before_its_first_step() -> None:
    """The newest condition that is not True says why."""
    conditions = [
        {"type": "A", "status": "False", "message": "older", "lastTransitionTime": "2026-03-17T10:00:00Z"},
        {"type": "B", "status": "False", "message": "no queue", "lastTransitionTime": "2026-03-17T10:00:01Z"},
        {"type": "C", "status": "True", "message": "fine", "lastTransitionTime": "2026-03-17T10:00:02Z"},
    ]

    assert Record.read(record(status={"phase": "Failed", "conditions": conditions})).message == "no queue"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (45.9, "45s"),
        (200, "3m20s"),
        (7500, "2h5m"),
        (273_600, "3d4h"),
        (86_400, "1d"),
        (3601, "1h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """Two units are enough, as in kubectl's ages."""
    assert human(timedelta(seconds=seconds)) == text
