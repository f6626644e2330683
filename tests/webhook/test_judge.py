"""A pipeline that was found right is not judged again, and nothing else is spared."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from arkrun_webhook import judge, rules, snapshot
from arkrun_webhook.judge import Judge
from arkrun_webhook.rules import Finding
from arkrun_webhook.snapshot import RunSpec, TeamSpec
from arkrun_webhook.spans import BAD_JSON, digest
from strategies_webhook import VALUES

PARTS_OF_SPANS = (b"1", b":", b"1:", b"2:1", b"[]", b",")
ANOTHER = TeamSpec()
"""A team that has another pipeline than the runs of these tests."""

PARTS = ("roles", "pipeline", "routing", "output", "input", "maxTokens")


def run(**different: Any) -> RunSpec:
    """Build the spec of a run in which nothing is wrong."""
    pipeline = [{"role": "a", "inputs": {"p": "{{ .input.topic }}"}}]
    return parsed({"roles": [{"name": "a"}], "pipeline": pipeline, "input": {"topic": "x"}, **different})


def parsed(spec: dict[str, Any]) -> RunSpec:
    """Read a spec as a review's is read."""
    return msgspec.json.decode(json.dumps(spec), type=RunSpec)


def team_of(spec: RunSpec) -> TeamSpec:
    """Build the team whose pipeline a run carries, in bytes of its own."""
    return TeamSpec(Raw(bytes(spec.pipeline)), Raw(bytes(spec.roles)))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect what the rules are asked about."""
    seen: list[dict[str, Any]] = []
    real = rules.of_run

    def of_run(spec: dict[str, Any]) -> list[Finding]:
        seen.append(spec)
        return real(spec)

    monkeypatch.setattr(rules, "of_run", of_run)
    return seen


def test_the_runs_of_a_team_are_judged_once(judged: list[dict[str, Any]]) -> None:
    """Neither the values of the input nor what no rule looks at makes another pipeline."""
    one = Judge()
    others = [run(input={"topic": "y"}), run(input={"topic": "y" * 9000}, maxTokens=5, teamGeneration=7)]

    assert [one.of_run(each, ANOTHER) for each in (run(), *others)] == [[], [], []]
    assert len(judged) == 1


@pytest.mark.parametrize(
    "different",
    [
        {"roles": [{"name": "a", "model": "other"}]},
        {"pipeline": [{"role": "a"}]},
        {"output": "{{ .steps.a.output }}"},
        {"input": {"topic": "x", "more": "z"}},
    ],
    ids=lambda different: next(iter(different)),
)
def test_what_a_rule_may_look_at_makes_another_pipeline(
    judged: list[dict[str, Any]], different: dict[str, Any]
) -> None:
    """A change of what is judged is judged."""
    one = Judge()
    one.of_run(run(), ANOTHER)
    one.of_run(run(**different), ANOTHER)

    assert len(judged) == 2


def test_what_is_found_is_found_each_time() -> None:
    """A pipeline with a fault, or a doubt, is never taken for one without."""
    one = Judge()
    unknown = run(pipeline=[{"role": "b"}])
    doubtful = run(input={})

    for _ in range(2):
        assert list(map(str, one.of_run(unknown, ANOTHER))) == [
            'spec.pipeline[0].role: "b" is no role of this team, which has: a'
        ]
        assert list(map(str, one.of_run(doubtful, ANOTHER))) == [
            'spec.pipeline[0].inputs.p: template refers to the unknown input "topic"'
        ]


def test_the_oldest_is_forgotten(judged: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pipelines there are, the memory stays small."""
    monkeypatch.setattr(judge, "REMEMBERED", 2)
    one = Judge()
    first, second, third = (run(output=text) for text in "abc")
    for each in (first, second, third, third, second, first):
        one.of_run(each, ANOTHER)

    assert len(judged) == 4


def test_the_pipeline_of_a_team_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline may be long, and a team has many runs; a run that carries another has its own digest."""
    hashed: list[int] = []

    def counted(*spans: Raw | bytes) -> bytes:
        hashed.append(sum(map(len, spans)))
        return digest(*spans)

    monkeypatch.setattr(judge, "digest", counted)
    monkeypatch.setattr(snapshot, "digest", counted)
    team, one = team_of(run()), Judge()
    for each in (run(), run(), run(roles=[{"name": "a", "model": "x" * 9000}]), run()):
        one.of_run(each, team)

    assert [size > 9000 for size in hashed].count(True) == 1
    assert len(hashed) == 4 + 1 + 1


def test_who_carries_what_makes_no_difference(judged: list[dict[str, Any]]) -> None:
    """A pipeline is the same one, whether it is the team's or the run's alone."""
    one = Judge()
    for team in (team_of(run()), ANOTHER, team_of(run())):
        one.of_run(run(), team)

    assert len(judged) == 1


@given(spec=st.dictionaries(st.sampled_from(PARTS), VALUES), own=st.booleans())
def test_any_spec_is_judged_as_by_the_rules(spec: dict[str, Any], *, own: bool) -> None:
    """Whatever a run says, the rules would have said the same of all of it, at first and later."""
    one = Judge()
    team = team_of(parsed(spec)) if own else ANOTHER

    assert one.of_run(parsed(spec), team) == one.of_run(parsed(spec), team) == rules.of_run(spec)


@given(*[st.lists(st.sampled_from(PARTS_OF_SPANS), max_size=3).map(b"".join)] * 4)
def test_no_two_lists_of_spans_have_one_digest(a: bytes, b: bytes, c: bytes, d: bytes) -> None:
    """Bytes that move from one span to its neighbour make another digest."""
    assert (digest(a, b) == digest(c, d)) is ((a, b) == (c, d))


@pytest.mark.parametrize("value", [b'"\xff"', b"1e999"], ids=["no UTF-8", "no number"])
def test_an_input_that_cannot_be_read_is_not_passed_over(value: bytes) -> None:
    """Its values judge nothing, but what is no JSON is no run."""
    spec = RunSpec(input=Raw(b'{"topic":%b}' % value))

    with pytest.raises(BAD_JSON):
        Judge().of_run(spec, ANOTHER)
