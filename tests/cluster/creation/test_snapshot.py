"""The snapshot contains every field of the team's spec as the API server stores it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arkrun_crd.names import RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from support.builders.objects import PIPELINE_TEAM, run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource, lost_fields, spec_bytes

pytestmark = pytest.mark.cluster

COPIED = ("pipeline", "roles", "routing", "output", "timeoutSeconds", "maxTokens")

# Files, not Python objects, so that the spelling of numbers is preserved.
STRANGERS = sorted(Path(__file__).with_name("teams").glob("*.json"))

strangers_team = pytest.mark.parametrize("file", STRANGERS, ids=[file.stem for file in STRANGERS])


def trigger(admission: Installation, namespace: str, spec: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Apply a team and create a run of it; return the team's stored spec and the run."""
    api = admission.control_plane.api
    teams, runs = Resource(api, namespace, TEAM_PLURAL), Resource(api, namespace, RUN_PLURAL)
    prefix = json.dumps(team() | {"spec": None}).removesuffix("null}")
    created = teams.create(prefix.encode() + spec + b"}")
    assert created.status == 201, created.body
    answer = runs.create(run())
    assert answer.status == 201, answer.body
    return spec_bytes(teams.get("blog")), {"bytes": spec_bytes(runs.get("run-1")), **answer.json()}


@strangers_team
def test_every_field_of_a_team_is_in_the_snapshot(
    admission: Installation, namespace: str, file: Path
) -> None:
    """Fields known and unknown to our models are copied byte for byte."""
    stored, found = trigger(admission, namespace, file.read_bytes())

    wanted = {name: value for name, value in stored.items() if name in COPIED}
    assert {name: value for name, value in found["bytes"].items() if name in COPIED} == wanted
    assert found["spec"]["teamRef"] == "blog"
    assert found["spec"]["teamGeneration"] == 1
    assert found["metadata"]["labels"] == {TEAM_LABEL: "blog"}


@strangers_team
def test_the_api_server_stores_a_team_unchanged(admission: Installation, namespace: str, file: Path) -> None:
    """The API server prunes and rounds nothing; it may add defaults."""
    stored, _ = trigger(admission, namespace, file.read_bytes())

    decoded = {name: json.loads(value) for name, value in stored.items()}
    assert lost_fields(json.loads(file.read_bytes()), decoded) == []


def test_the_input_is_merged_from_defaults_team_and_run(admission: Installation, namespace: str) -> None:
    """Per key, the run's input overrides the team's, which overrides the declared defaults."""
    api = admission.control_plane.api
    declared = [
        {"name": "length", "default": "short"},
        {"name": "tone", "default": "loud"},
        {"name": "topic", "required": True},
    ]
    spec = {**PIPELINE_TEAM, "inputs": declared, "input": {"tone": "dry", "topic": "transformers"}}
    Resource(api, namespace, TEAM_PLURAL).create(team(**spec))

    answer = Resource(api, namespace, RUN_PLURAL).create(run(input={"topic": "attention", "extra": ""}))

    assert answer.json()["spec"]["input"] == {
        "extra": "",
        "length": "short",
        "tone": "dry",
        "topic": "attention",
    }


def test_output_timeout_and_budget_of_the_run_override_those_of_the_team(
    admission: Installation, namespace: str
) -> None:
    """A run may set its own output, timeoutSeconds and maxTokens; the rest comes from the team."""
    api = admission.control_plane.api
    Resource(api, namespace, TEAM_PLURAL).create(team())
    own: dict[str, Any] = {"output": "{{ .steps.researcher.output }}", "timeoutSeconds": 5, "maxTokens": 7}

    spec = Resource(api, namespace, RUN_PLURAL).create(run(**own)).json()["spec"]

    inherited = {name: PIPELINE_TEAM[name] for name in ("pipeline", "roles", "input")}
    assert spec == {"teamRef": "blog", "teamGeneration": 1, **inherited, **own}


def test_runs_before_and_after_an_edit_have_different_generations(
    admission: Installation, namespace: str
) -> None:
    """An old run keeps its spec and generation; a new run has the new ones."""
    api = admission.control_plane.api
    teams, runs = Resource(api, namespace, TEAM_PLURAL), Resource(api, namespace, RUN_PLURAL)
    teams.create(team())
    first = spec_bytes(runs.create(run("first")))

    teams.patch("blog", {"spec": {"output": "changed", "pipeline": PIPELINE_TEAM["pipeline"][:1]}})
    second = runs.create(run("second")).json()["spec"]

    assert (second["teamGeneration"], second["output"], len(second["pipeline"])) == (2, "changed", 1)
    assert spec_bytes(runs.get("first")) == first
    assert first["teamGeneration"] == b"1"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(value=JSON, place=st.sampled_from(["step", "role", "loop", "validate", "limits"]))
def test_unknown_fields_are_copied_byte_for_byte(
    admission: Installation, namespace: str, value: Any, place: str
) -> None:
    """A newer operator may use fields of any depth and value."""
    api = admission.control_plane.api
    teams, runs = Resource(api, namespace, TEAM_PLURAL), Resource(api, namespace, RUN_PLURAL)
    spec: dict[str, Any] = {"roles": [{"name": "a", "limits": {}}], "pipeline": [{"role": "a"}]}
    holder = spec["roles"][0] if place in {"role", "limits"} else spec["pipeline"][0]
    (holder if place in {"step", "role"} else holder.setdefault(place, {}))["xNewer"] = value
    if place == "loop":
        holder["loop"]["condition"] = "{{ true }}"

    stored = spec_bytes(teams.create(team(**spec)))
    stamped = spec_bytes(runs.create(run()))
    runs.delete("run-1")
    teams.delete("blog")

    copied = ("roles", "pipeline")
    assert {name: stamped[name] for name in copied} == {name: stored[name] for name in copied}
