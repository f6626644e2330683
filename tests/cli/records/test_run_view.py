"""A run as a reader sees it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_cli.run_view import RunView, topological_order
from arkrun_cli.times import format_duration
from support.builders.records import DONE, record, step, usage


def test_steps_are_in_topological_order() -> None:
    """A step comes after its dependencies, even if the pipeline lists it first."""
    pipeline: list[dict[str, Any]] = [
        {"role": "editor", "dependsOn": ["writer", "critic"]},
        {"role": "critic", "dependsOn": ["researcher"]},
        {"role": "researcher"},
        {"role": "writer", "dependsOn": ["researcher"]},
    ]

    assert [name for name, _ in topological_order(pipeline)] == ["researcher", "critic", "writer", "editor"]


def test_the_steps_of_a_cycle_keep_the_order_of_the_pipeline() -> None:
    """Old runs may have pipelines that are refused today, and must still be displayed."""
    pipeline = [{"role": "a", "dependsOn": ["b"]}, {"role": "b", "dependsOn": ["a"]}]

    assert topological_order(pipeline) == [("a", ("b",)), ("b", ("a",))]


@given(
    st.integers(1, 8).flatmap(
        lambda n: st.tuples(st.permutations(range(n)), st.sets(st.tuples(*[st.integers(0, n - 1)] * 2)))
    )
)
def test_no_step_comes_before_its_dependencies(drawn: tuple[list[int], set[tuple[int, int]]]) -> None:
    """For any graph in any order."""
    written, pairs = drawn
    waits = {(later, earlier) for later, earlier in pairs if earlier < later}
    pipeline: list[dict[str, Any]] = [
        {"role": str(n), "dependsOn": [str(e) for lt, e in waits if lt == n]} for n in written
    ]

    order = [int(name) for name, _ in topological_order(pipeline)]

    assert sorted(order) == sorted(written)
    assert all(order.index(earlier) < order.index(later) for later, earlier in waits)


def test_a_step_that_is_not_in_the_pipeline_is_shown() -> None:
    """A routed run has a step `route`."""
    routed = record(spec={"pipeline": []}, status={"phase": "Running", "steps": [step("route", "Running")]})

    assert [(s.name, s.phase) for s in RunView.read(routed).steps] == [("route", "Running")]


@pytest.mark.parametrize(
    ("total", "note"),
    [
        (usage(1560, 4600), ""),
        (
            usage(2000, 5000),
            (
                "the steps add up to 6160 tokens, the run's total is 7000: "
                "a retry clears the counts of a failed step but not the total"
            ),
        ),
        (
            usage(320, 1240),
            (
                "the steps add up to 6160 tokens, the run's total is 1560: "
                "the total was written before the counts of the last step"
            ),
        ),
        (None, ""),
    ],
)
def test_a_note_explains_tokens_that_do_not_add_up(total: dict[str, int] | None, note: str) -> None:
    """It has both counts and the reason; without a total there is none."""
    status = {**DONE, "totalTokenUsage": total}

    assert RunView.read(record(status=status)).token_note() == note


def test_a_run_without_failed_step_has_the_message_of_its_newest_false_condition() -> None:
    """It failed before its first step."""
    conditions = [
        {"type": "A", "status": "False", "message": "older", "lastTransitionTime": "2026-03-17T10:00:00Z"},
        {"type": "B", "status": "False", "message": "no queue", "lastTransitionTime": "2026-03-17T10:00:01Z"},
        {"type": "C", "status": "True", "message": "fine", "lastTransitionTime": "2026-03-17T10:00:02Z"},
    ]

    assert RunView.read(record(status={"phase": "Failed", "conditions": conditions})).message == "no queue"


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
def test_durations_have_at_most_two_units(seconds: float, text: str) -> None:
    """As in kubectl's ages."""
    assert format_duration(timedelta(seconds=seconds)) == text
