"""A run that names a team is stored only when it says what the team was."""

from typing import Any

import pytest

from arkrun_crd.names import TEAM_LABEL
from policies.builders import record
from policies.conftest import World
from support.builders.objects import run

pytestmark = pytest.mark.cluster

LABEL = f'metadata.labels["{TEAM_LABEL}"]'
GENERATION = "spec.teamGeneration"
SNAPSHOT = "spec.pipeline, spec.roles or spec.routing"


def sentence(missing: str) -> str:
    """Build what a person reads."""
    return (
        f"the run is not stamped, {missing} missing: the mutating webhook fills them in "
        "and did not see this run; check that the MutatingWebhookConfiguration arkrun exists, or run helm "
        "upgrade"
    )


def labelled(label: str | None, **spec: Any) -> dict[str, Any]:
    """Build a record with another label."""
    document = record(**spec)
    document["metadata"]["labels"] = {} if label is None else {TEAM_LABEL: label}
    return document


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        (run(), f"{LABEL}, {GENERATION}, {SNAPSHOT}"),
        (labelled(None), LABEL),
        (labelled("other"), LABEL),
        (record(teamGeneration=None), GENERATION),
        (record(roles=None, pipeline=None), SNAPSHOT),
        (record(roles=[], pipeline=None), SNAPSHOT),
        (record(restored="true", teamGeneration=None), GENERATION),
    ],
    ids=["nothing", "no label", "a wrong label", "no generation", "no snapshot", "an empty one", "restored"],
)
def test_an_unstamped_run_of_a_team_is_refused(world: World, document: dict[str, Any], missing: str) -> None:
    """The refusal says what is missing, who fills it in, and what to do."""
    answer = world.runs().create(document)

    assert (answer.status, answer.json()["reason"]) == (422, "Invalid")
    assert answer.message.split("denied request: ")[-1] == sentence(missing)


@pytest.mark.parametrize("generation", [0, 1.5, "1", None, []])
def test_a_generation_is_a_positive_number(foreign: World, generation: object) -> None:
    """A foreign CRD may let anything through."""
    document = record()
    document["spec"]["teamGeneration"] = generation

    assert foreign.runs().create(document).message.split("denied request: ")[-1] == sentence(GENERATION)


@pytest.mark.parametrize("snapshot", [{"roles": None}, {"roles": {}}, {"routing": {}}, {"pipeline": []}])
def test_an_empty_snapshot_is_refused(foreign: World, snapshot: dict[str, Any]) -> None:
    """Null and empty values are no snapshot."""
    document = record(roles=None, pipeline=None)
    document["spec"] |= snapshot

    assert foreign.runs().create(document).message.split("denied request: ")[-1] == sentence(SNAPSHOT)


@pytest.mark.parametrize("team", [5, True, ["blog"], {"name": "blog"}])
def test_a_team_without_a_name_is_refused(foreign: World, team: object) -> None:
    """A foreign CRD may accept any teamRef."""
    answer = foreign.runs().create(record(teamRef=team))

    assert answer.status == 422, answer.message


@pytest.mark.parametrize("snapshot", ["pipeline", "roles", "routing"])
def test_a_stamped_run_is_accepted(world: World, snapshot: str) -> None:
    """A policy cannot read the team: only the webhook validates the stamp."""
    whole: dict[str, Any] = {"pipeline": [{"role": "a"}], "roles": [{"name": "a"}], "routing": {"model": "m"}}
    spec: dict[str, Any] = {field: value if field == snapshot else None for field, value in whole.items()}

    assert world.runs().create(record(**spec)).status == 201


@pytest.mark.parametrize("target", [{"agent": "writer"}, {"agent": "writer", "teamRef": None}])
def test_a_run_without_a_team_needs_no_stamp(world: World, target: dict[str, Any]) -> None:
    """Newer operators run single agents."""
    document = run()
    document["spec"] = target

    assert world.runs().create(document).status == 201
