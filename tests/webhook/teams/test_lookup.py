"""Look-ups of teams: fresh, shared, and limited in time."""

import asyncio
from time import monotonic

import pytest

from arkrun_webhook.errors import TeamBeingDeleted, TeamNotFound, TeamUnanswered
from arkrun_webhook.teams.lookup import RECENT_SECONDS, RECENT_TEAMS, Teams
from arkrun_webhook.teams.team import Team
from support.builders.reviews import team

SOON = 5.0


class Gate:
    """A look-up that the test lets end, one after the other; each gives a generation of its own."""

    def __init__(self) -> None:
        self.started = 0
        self.ends: list[asyncio.Future[Team]] = []

    async def __call__(self, namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG002
        """Wait for the test."""
        self.started += 1
        self.ends.append(asyncio.get_running_loop().create_future())
        return await self.ends[-1]


async def turns(count: int = 5) -> None:
    """Run the event loop until no task is ready."""
    for _ in range(count):
        await asyncio.sleep(0)


async def asking(teams: Teams, deadline: float | None = None) -> asyncio.Task[Team]:
    """Begin to ask for a team, and come as far as one comes without an answer."""
    task = asyncio.ensure_future(teams.get("ns", "blog", deadline or monotonic() + SOON))
    await turns()
    return task


async def test_waiting_requests_share_the_next_look_up() -> None:
    """A request never uses a look-up that began before it."""
    gate = Gate()
    teams = Teams(gate)
    first = await asking(teams)
    later = [await asking(teams) for _ in range(10)]

    assert gate.started == 1
    gate.ends[0].set_result(team(generation=1))
    await turns()
    assert gate.started == 2
    gate.ends[1].set_result(team(generation=2))

    assert (await first).metadata.generation == 1
    assert {(await one).metadata.generation for one in later} == {2}
    assert gate.started == 2


async def test_look_ups_of_different_teams_are_independent() -> None:
    """Teams differ by name or namespace."""
    gate = Gate()
    teams = Teams(gate)
    keys = [("ns", "a"), ("ns", "b"), ("other", "a")]
    waiting = [asyncio.ensure_future(teams.get(*key, monotonic() + SOON)) for key in keys]
    await turns()

    assert gate.started == 3
    for end in gate.ends:
        end.set_result(team())
    await asyncio.gather(*waiting)


async def test_a_failed_look_up_fails_only_the_requests_that_shared_it() -> None:
    """Errors are not cached."""
    gate = Gate()
    teams = Teams(gate)
    first = await asking(teams)
    gate.ends[0].set_exception(TeamNotFound("ns", "blog"))
    with pytest.raises(TeamNotFound):
        await first
    second = await asking(teams)
    gate.ends[1].set_result(team())

    assert (await second).metadata.name == "blog"


async def test_no_request_waits_beyond_its_deadline() -> None:
    with pytest.raises(TeamUnanswered) as refused:
        await Teams(Gate()).get("ns", "blog", monotonic() + 0.05)

    assert refused.value.message == (
        'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" in namespace "ns" '
        "(out of time): try again"
    )


async def test_a_cancelled_request_does_not_cancel_a_shared_look_up() -> None:
    gate = Gate()
    teams = Teams(gate)
    first = await asking(teams)
    hasty, patient = [await asking(teams) for _ in range(2)]
    hasty.cancel()
    gate.ends[0].set_result(team(generation=1))
    await turns()
    gate.ends[1].set_result(team(generation=2))

    assert (await first).metadata.generation == 1
    assert (await patient).metadata.generation == 2
    assert hasty.cancelled()


async def test_cancelling_the_only_request_cancels_the_look_up() -> None:
    """Requests that arrived meanwhile start the next look-up immediately."""
    gate = Gate()
    teams = Teams(gate)
    hasty = await asking(teams)
    patient = await asking(teams)
    hasty.cancel()
    await turns()

    assert gate.ends[0].cancelled()
    gate.ends[1].set_result(team(generation=2))
    assert (await patient).metadata.generation == 2


async def test_a_shared_look_up_has_the_latest_deadline() -> None:
    """A request with an early deadline does not shorten those of others."""
    given: list[float] = []
    gate = Gate()

    async def fetch(namespace: str, name: str, deadline: float) -> Team:
        given.append(deadline)
        return await gate(namespace, name, deadline)

    teams = Teams(fetch)
    deadlines = [monotonic() + seconds for seconds in (1, 2, 9, 4)]
    waiting = [await asking(teams, deadline) for deadline in deadlines]
    for end in range(2):
        gate.ends[end].set_result(team())
        await turns()
    await asyncio.gather(*waiting)

    assert given == [deadlines[0], deadlines[2]]


async def test_cancelling_all_requests_cancels_the_look_up() -> None:
    """At the end of the process every request is cancelled without another error."""
    teams = Teams(Gate())
    waiting = [await asking(teams) for _ in range(3)]
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    ended = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(each) for each in ended] == [asyncio.CancelledError] * 3


async def test_a_request_between_two_look_ups_shares_the_second() -> None:
    """The second can be joined until it begins."""
    gate = Gate()
    teams = Teams(gate)
    first = await asking(teams)
    second = await asking(teams)
    gate.ends[0].set_result(team(generation=1))
    between = asyncio.ensure_future(teams.get("ns", "blog", monotonic() + SOON))  # its turn is the next
    await turns()
    assert first.done()
    gate.ends[1].set_result(team(generation=2))

    assert {(await one).metadata.generation for one in (second, between)} == {2}
    assert gate.started == 2


async def test_a_team_that_is_being_deleted_is_refused() -> None:
    """A run of a team that is being deleted would lose its owner."""
    leaving = team()
    leaving.metadata.deletion_timestamp = "2026-03-17T10:00:00Z"

    async def fetch(namespace: str, name: str, deadline: float) -> Team:  # noqa: ARG001
        return leaving

    with pytest.raises(TeamBeingDeleted):
        await Teams(fetch).get("ns", "blog", monotonic() + SOON)


async def test_a_team_is_recent_for_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recent teams validate stamps; `get` never returns them."""
    gate = Gate()
    teams = Teams(gate)
    assert teams.recent("ns", "blog") is None
    asked = await asking(teams)
    gate.ends[0].set_result(team(generation=4))
    await asked

    found = teams.recent("ns", "blog")
    assert found is not None
    assert found.metadata.generation == 4
    assert teams.recent("other", "blog") is None
    later = monotonic() + RECENT_SECONDS + 0.1
    monkeypatch.setattr("arkrun_webhook.teams.lookup.monotonic", lambda: later)
    assert teams.recent("ns", "blog") is None


async def test_a_deleted_team_is_forgotten() -> None:
    """A team is also forgotten while a new look-up runs."""
    gate = Gate()
    teams = Teams(gate)
    first = await asking(teams)
    gate.ends[0].set_result(team())
    await first
    second = await asking(teams)
    assert teams.recent("ns", "blog") is None
    gate.ends[1].set_exception(TeamNotFound("ns", "blog"))
    with pytest.raises(TeamNotFound):
        await second

    assert teams.recent("ns", "blog") is None


async def test_the_number_of_recent_teams_is_limited() -> None:
    """The oldest are dropped first."""

    async def fetch(_namespace: str, name: str, _deadline: float) -> Team:
        return team(name=name)

    teams = Teams(fetch)
    for number in range(RECENT_TEAMS + 1):
        await teams.get("ns", f"team-{number}", monotonic() + SOON)

    assert [teams.recent("ns", f"team-{number}") is None for number in (0, 1, RECENT_TEAMS)] == [
        True,
        False,
        False,
    ]
