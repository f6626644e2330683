"""A team is what its last answer says, however often an answer comes again."""

import json
import tracemalloc
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arkrun_webhook import decoded
from arkrun_webhook.decoded import Decoded
from arkrun_webhook.snapshot import Team
from builders_webhook import team_document

KEY = "ns", "blog"


def answer(**spec: Any) -> bytes:
    """Write what a GET of a team answers."""
    return json.dumps(team_document(**spec)).encode()


def read(body: bytes) -> Team:
    """Decode a team."""
    return msgspec.json.decode(body, type=Team)


def test_the_same_bytes_are_decoded_once() -> None:
    """The two look-ups of a create bring the same bytes, in two pieces of memory."""
    teams, body = Decoded(), answer(output="x")
    first = teams.team(KEY, body)

    assert teams.team(KEY, bytes(bytearray(body))) is first
    assert first == read(body)


def test_other_bytes_are_another_team() -> None:
    """A byte more or less is another answer, also when an earlier one comes back."""
    teams = Decoded()
    bodies = [answer(output="x"), answer(output="y"), answer(output="yy"), answer(output="x")]
    found = [teams.team(KEY, body) for body in bodies]

    assert found == [read(body) for body in bodies]
    assert all(one is not other for one, other in pairwise(found))


def test_a_team_is_known_by_namespace_and_name() -> None:
    """Two teams never take each other's place."""
    teams = Decoded()
    keys = [("a", "b"), ("b", "a"), ("a", "a")]
    found = {key: teams.team(key, answer(output=str(key))) for key in keys}

    assert all(teams.team(key, answer(output=str(key))) is team for key, team in found.items())


def test_an_answer_that_is_no_team_is_not_remembered() -> None:
    """It raises as often as it comes, and what was known before stays known."""
    teams, body = Decoded(), answer()
    first = teams.team(KEY, body)
    for _ in range(2):
        with pytest.raises(msgspec.ValidationError):
            teams.team(KEY, b"[]")

    assert teams.team(KEY, bytes(bytearray(body))) is first


def test_the_oldest_is_forgotten() -> None:
    """However many teams there are, the memory stays small."""
    body = answer(output="x" * 1000)
    teams = Decoded(limit=2 * decoded.weight(body, read(body)))
    first, second, third = (("ns", name) for name in "abc")
    before = [teams.team(key, body) for key in (first, second, third)]
    again = [teams.team(key, bytes(bytearray(body))) for key in (third, second, first)]

    assert [one is other for one, other in zip(again, reversed(before), strict=True)] == [True, True, False]


def test_what_is_too_large_is_not_kept() -> None:
    """It pushes no other team out, and what it replaces is forgotten."""
    body, huge = answer(), answer(output="x" * 9000)
    teams = Decoded(limit=8000)
    kept = teams.team(("ns", "other"), body)
    teams.team(KEY, body)
    first = teams.team(KEY, huge)

    assert teams.team(KEY, bytes(bytearray(huge))) is not first
    assert teams.team(("ns", "other"), bytes(bytearray(body))) is kept
    assert [*teams._last] == [("ns", "other")]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "x" * 50, "x" * 400]))))
def test_it_says_what_decoding_says(look_ups: list[tuple[str, str]]) -> None:
    """Whatever comes in whatever order: the same team as without a memory, and never more than fits."""
    teams = Decoded(limit=4000)
    for name, output in look_ups:
        body = answer(output=output)
        assert teams.team(("ns", name), body) == read(body)
        held = sum(decoded.weight(body, team) for body, team, _ in teams._last.values())
        assert teams._held == held <= 4000


@pytest.mark.parametrize("letter", ["a", "é", "🙂"])
@pytest.mark.parametrize("length", [1, 200])
@pytest.mark.parametrize("member", ["neither", "input", "inputs"])
def test_the_memory_is_never_larger_than_what_is_counted(member: str, length: int, letter: str) -> None:
    """Small teams, many inputs, names that take four bytes a character: all of it counts."""
    names = [f"{number:x}{'a' * length}{letter}" for number in range(250)]
    more = {"input": dict.fromkeys(names, ""), "inputs": [{"name": name} for name in names], "neither": None}
    bodies = [answer(output=str(number), **{member: more[member]}) for number in range(40)]
    tracemalloc.start()
    teams = Decoded()
    for number, body in enumerate(bodies):
        team = teams.team(("ns", f"team{number}"), bytes(bytearray(body)))
        assert team.spec.pipeline_digest
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(teams._last) > 5
    assert taken < teams._held <= decoded.REMEMBERED


def test_nothing_is_decoded_that_is_known() -> None:
    """What is spared is the decoding itself."""
    teams, body = Decoded(), answer()
    teams.team(KEY, body)
    with patch.object(decoded, "_decode") as decode:
        teams.team(KEY, bytes(bytearray(body)))

    decode.assert_not_called()
