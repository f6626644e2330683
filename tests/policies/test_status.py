"""The status of a run that ended stays, unknown fields included; a retry reopens one that Failed."""

import copy
import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from controlplane import Answer
from policies.builders import LARGE, ended, record
from policies.conftest import World
from support.cluster.resources import Resource

pytestmark = pytest.mark.cluster

SENTENCE = (
    "a run that ended is a record: of its status only conditions and observedGeneration can change, unless "
    "a retry of a run that Failed resets a Failed step and leaves the steps that Succeeded unchanged"
)
A, B, C, D = ended("Failed")["steps"]


def pending(step: dict[str, Any]) -> dict[str, Any]:
    """Reset a step, as a retry does."""
    return {"name": step["name"], "phase": "Pending"}


def stored(world: World, phase: str) -> Resource:
    """Store a run that ended."""
    runs = world.runs()
    assert runs.create(record()).status == 201
    answer = written(runs, ended(phase), "")  # by PUT: a merge patch cannot write null
    assert answer.status == 200, answer.message
    assert answer.json()["status"] == ended(phase)
    return runs


def written(runs: Resource, status: Any, query: str = "?dryRun=All") -> Answer:
    """Replace the status."""
    document = {**runs.get("run-1").json(), "status": status}
    return runs.replace("run-1", document, f"/status{query}")


CHANGES: dict[str, dict[str, Any]] = {
    "a field added": {"output": "x"},
    "a value": {"completionTime": "2026-03-17T10:00:46Z"},
    "another phase": {"phase": "Running"},
    "an unknown field added": {"xOther": 1},
    "an unknown field for another": {"xUnknown": {"m": None, "l": [1, {"z": 1}]}},
    "an unknown field for another, in a list": {"xUnknown": {"n": None, "l": [1, {"y": 1}]}},
    "another spelling of a number": {"xUnknown": {"n": None, "l": [1.0, {"z": 1}]}},
    "a number that CEL takes for equal": {
        "steps": [{**A, "xUnknown": {"n": float(2**53), "l": [1, {"z": 1}]}}, B, C, D]
    },
    "an unknown field for another, in a step": {
        "steps": [{**A, "xUnknown": {"m": LARGE, "l": [1, {"z": 1}]}}, B, C, D]
    },
    "a step dropped": {"steps": [A, B, C]},
    "steps in another order": {"steps": [B, A, C, D]},
    "no steps": {"steps": None},
}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_status_of_a_finished_run_is_immutable(world: World, phase: str, change: dict[str, Any]) -> None:
    """Values, unknown fields at every depth, the order of lists and the spelling of numbers."""
    runs = stored(world, phase)

    answer = written(runs, ended(phase, **change))

    assert answer.status == 422, answer.message


@pytest.mark.parametrize("status", [None, {}], ids=["null", "empty"])
def test_the_status_cannot_be_removed(foreign: World, status: Any) -> None:
    answer = written(stored(foreign, "Succeeded"), status)

    assert (answer.status, answer.message.split("denied request: ")[-1]) == (422, SENTENCE)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_conditions_and_observed_generation_can_change(world: World, phase: str) -> None:
    """They are not part of the record."""
    runs = stored(world, phase)
    condition = {"type": "Archived", "status": "True", "reason": "Copied", "message": "x"}
    times = {"lastTransitionTime": "2026-03-17T10:00:00Z"}

    noted = ended(phase, conditions=[condition | times], observedGeneration=7)

    answers = [written(runs, noted, ""), written(runs, ended(phase), "")]
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    "steps",
    [[A, pending(B), pending(C), D], [A, pending(B), C, D]],
    ids=["all Failed steps", "one Failed step"],
)
def test_a_retry_reopens_a_run_that_failed(world: World, steps: list[Any]) -> None:
    """`ark retry` and the CLI of the operator reset Failed steps and set the run to Running."""
    runs = stored(world, "Failed")

    answers = [
        written(runs, ended("Running", steps=steps, startTime="2026-03-17T11:00:00Z"), ""),
        written(runs, ended("Running", steps=[A, {**B, "phase": "Running"}, C, D], xOther=1), ""),
    ]

    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("phase", "steps"),
    [
        ("Running", [A, B, C, D]),
        ("Running", [{**A, "output": "y"}, pending(B), pending(C), D]),
        ("Running", [{**A, "xUnknown": {"n": LARGE, "l": [1, {"y": 1}]}}, pending(B), C, D]),
        ("Running", [{**A, "xUnknown": {"n": float(2**53), "l": [1, {"z": 1}]}}, pending(B), C, D]),
        ("Running", [pending(A), pending(B), pending(C), D]),
        ("Running", [pending(B), pending(C), D]),
        ("Running", [A, C, D]),
        ("Running", None),
        ("Succeeded", [A, pending(B), pending(C), D]),
        ("Succeeded", [A, {**B, "phase": "Succeeded"}, {**C, "phase": "Succeeded"}, D]),
    ],
    ids=[
        "no step goes back",
        "a Succeeded step is changed",
        "its unknown field is another",
        "its number is rounded",
        "a Succeeded step goes back too",
        "a Succeeded step is dropped",
        "a Failed step is dropped",
        "all steps are dropped",
        "the run ends in the same write",
        "the run is made a success",
    ],
)
def test_a_failed_run_is_reopened_only_by_a_retry(world: World, phase: str, steps: Any) -> None:
    answer = written(stored(world, "Failed"), ended(phase, steps=steps))

    assert answer.status == 422, answer.message


def test_a_run_that_succeeded_is_never_reopened(world: World) -> None:
    answer = written(stored(world, "Succeeded"), ended("Running", steps=[A, pending(B), C, D]))

    assert answer.status == 422, answer.message


def test_the_status_of_an_unfinished_run_can_change_freely(foreign: World) -> None:
    """Any phase may follow any other, with unknown fields."""
    runs = foreign.runs()
    assert runs.create(record()).status == 201
    writes = [{"phase": "Pending"}, {"phase": "Odd", "x": 1}, {"y": {"z": None}}, {}, ended("Succeeded")]

    assert [written(runs, status, "").status for status in writes] == [200] * len(writes)


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from([LARGE, LARGE - 1, float(LARGE - 1), 0.5, 1.0, -0.0]),
        st.sampled_from(["", "1", "true", "a", "{}", '"', "ä\n"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
STATUSES = st.dictionaries(
    st.sampled_from(["a", "b", "conditions", "observedGeneration"]), VALUES, max_size=4
)


@pytest.fixture(scope="module")
def many(foreign: World) -> Resource:
    """Return the runs of one namespace, for many examples."""
    return foreign.runs()


@example(before={"a": 0}, after={"a": 0.0}, swap=0)
@example(before={"a": [0]}, after={"a": [0.0]}, swap=0)
@given(before=STATUSES, after=st.one_of(STATUSES, st.none()), swap=st.integers(0, 100))
def test_a_status_is_accepted_only_if_what_is_stored_stays(
    many: Resource, before: Any, after: Any, swap: int
) -> None:
    """Equal JSON is accepted; another spelling, such as 1.0 for 1, only where the same bytes are stored.

    conditions and observedGeneration are not compared.
    """
    name = f"run-{uuid4()}"
    assert many.create(record(name)).status == 201
    document = {**many.get(name).json(), "status": {"phase": "Succeeded", **before}}
    kept = many.replace(name, document, "/status").json()["status"]
    wanted = {"phase": "Succeeded", **(mutated(kept, swap) if after is None else after)}

    answer = many.replace(name, {**many.get(name).json(), "status": wanted}, "/status?dryRun=All")

    if part_of_record(wanted) == part_of_record(kept):
        assert answer.status == 200, answer.message
    if answer.status == 200:
        assert part_of_record(answer.json()["status"]) == part_of_record(kept)
    else:
        assert answer.status == 422, answer.message


def mutated(status: dict[str, Any], swap: int) -> dict[str, Any]:
    """Change one value somewhere, or nothing."""
    changed = copy.deepcopy(status)
    holders: list[tuple[Any, Any]] = [(changed, key) for key in changed if key != "phase"]
    for holder, key in holders:
        inner = holder[key]
        keys = (
            list(inner) if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        )
        holders += [(inner, each) for each in keys]
    if holders and swap % 2:
        holder, key = holders[swap % len(holders)]
        value = holder[key]
        holder[key] = float(value) if type(value) is int else [value]
    return changed


def part_of_record(status: dict[str, Any]) -> str:
    """Write what must stay as text, in which 1 and 1.0 differ."""
    free = {"conditions", "observedGeneration"}
    return json.dumps({key: value for key, value in status.items() if key not in free}, sort_keys=True)
