"""Every way to create a run, and the output that its user sees."""

import json
import subprocess
from typing import Any

import pytest

from arkrun_crd.names import RESTORED_ANNOTATION, RUN_PLURAL, TEAM_LABEL, TEAM_PLURAL
from support.builders.objects import PIPELINE_TEAM, run, team
from support.cluster.installation import Installation
from support.cluster.namespaces import OPT_OUT
from support.cluster.resources import Resource, grant, spec_bytes

pytestmark = pytest.mark.cluster

SNAPSHOT = ("pipeline", "roles", "output", "timeoutSeconds", "maxTokens", "input")


@pytest.fixture
def teams(admission: Installation, namespace: str) -> Resource:
    """Create the team `blog`."""
    teams = Resource(admission.control_plane.api, namespace, TEAM_PLURAL)
    assert teams.create(team()).status == 201
    return teams


@pytest.fixture
def runs(admission: Installation, namespace: str, teams: Resource) -> Resource:
    """Return the runs in the namespace of the team."""
    assert teams
    return Resource(admission.control_plane.api, namespace, RUN_PLURAL)


def stamped(document: dict[str, Any]) -> bool:
    """Return True if a run has the stamp of its team."""
    spec: dict[str, Any] = {**PIPELINE_TEAM, "teamRef": "blog", "teamGeneration": 1}
    return bool(document["spec"] == spec and document["metadata"]["labels"][TEAM_LABEL] == "blog")


def test_a_server_side_apply_owns_only_the_applied_fields(runs: Resource) -> None:
    """The applier owns the fields in its file but not the stamp, so applying again keeps the stamp."""
    created = runs.apply("run-1", run(), manager="person")
    again = runs.apply("run-1", run(), manager="person")

    assert (created.status, again.status) == (201, 200)
    assert stamped(created.json())
    (owned,) = created.json()["metadata"]["managedFields"]
    assert (owned["manager"], owned["fieldsV1"]) == ("person", {"f:spec": {"f:teamRef": {}}})
    assert spec_bytes(again) == spec_bytes(created)


def test_a_run_with_generate_name_is_stamped(runs: Resource) -> None:
    document = run()
    document["metadata"] = {"generateName": "blog-run-"}

    assert stamped(runs.create(document).json())


@pytest.mark.parametrize(
    "part",
    [
        {"teamGeneration": 1},
        {"roles": PIPELINE_TEAM["roles"]},
        {"pipeline": PIPELINE_TEAM["pipeline"], "maxTokens": 9000},
        {"pipeline": [], "roles": None, "input": None, "output": None},
    ],
)
def test_a_part_of_the_stamp_is_completed(runs: Resource, part: dict[str, Any]) -> None:
    """Missing parts are filled in, and parts that differ from the team's are replaced."""
    assert stamped(runs.create(run(**part)).json())


def test_runs_of_the_largest_team_can_be_completed(admission: Installation, namespace: str) -> None:
    """With a snapshot of one mebibyte, metadata and status still fit into etcd."""
    api = admission.control_plane.api
    teams, runs = Resource(api, namespace, TEAM_PLURAL), Resource(api, namespace, RUN_PLURAL)
    roles = [{"name": f"r{number}", "model": "m", "systemPrompt": "p" * 100_000} for number in range(10)]
    assert teams.create(team(roles=roles, entry="r0")).status == 201
    answers = [
        runs.create(run()),
        runs.patch("run-1", {"metadata": {"annotations": {"a": "b"}}}),
        runs.patch("run-1", {"status": {"phase": "Failed", "output": "x" * 300_000}}, suffix="/status"),
        runs.patch("run-1", {"spec": {"maxTokens": 1}}),
        teams.patch("blog", {"spec": {"roles": [*roles, {**roles[0], "name": "one-more"}]}}),
    ]

    assert [answer.status for answer in answers] == [201, 200, 200, 422, 422]
    assert answers[0].json()["spec"]["roles"] == roles
    assert "at most 1048576 leave space for a run's status in etcd" in answers[4].message


def test_the_restored_annotation_cannot_be_added_afterwards(runs: Resource) -> None:
    """The annotation describes the origin of a record, so it can only be set on creation."""
    runs.create(run())
    answers = [
        runs.patch("run-1", {"metadata": {"annotations": {RESTORED_ANNOTATION: "true"}}}),
        runs.patch("run-1", {"spec": {"maxTokens": 1}}),
        runs.patch("run-1", {"metadata": {"labels": {TEAM_LABEL: None}}}),
    ]

    assert [answer.status for answer in answers] == [422, 422, 422]


def test_a_label_added_to_an_old_run_is_immutable(admission: Installation, bare_namespace: str) -> None:
    """A label added later is part of the record, like one set on creation."""
    runs = Resource(admission.control_plane.api, bare_namespace, RUN_PLURAL)
    runs.create(run())
    admission.control_plane.kubectl("label", "namespace", bare_namespace, f"{OPT_OUT}-")
    labels = ({TEAM_LABEL: "blog", "app": "x"}, {TEAM_LABEL: None}, {TEAM_LABEL: "other"}, {"app": None})
    answers = [runs.patch("run-1", {"metadata": {"labels": each}}) for each in labels]

    assert [answer.status for answer in answers] == [200, 422, 422, 200]


def test_a_restore_needs_the_permission_that_the_refusal_names(
    admission: Installation, namespace: str
) -> None:
    """With the permission, the backup of a run whose team was deleted is restored unchanged."""
    grant(admission.control_plane, namespace, "create")
    backup = run(team="gone", teamGeneration=7, roles=[{"name": "a"}])
    backup["metadata"] |= {"labels": {TEAM_LABEL: "gone"}, "annotations": {RESTORED_ANNOTATION: "true"}}

    refused = typed(admission, namespace, "create", "--as=alice", "-f", "-", document=backup)
    grant(admission.control_plane, namespace, "restore")
    restored = typed(admission, namespace, "create", "--as=alice", "-f", "-", document=backup)

    assert refused.stderr == (
        'Error from server (Forbidden): error when creating "STDIN": '
        'arkruns.arkonis.dev "run-1" is forbidden: '
        "ValidatingAdmissionPolicy 'arkrun-record' with binding 'arkrun-record' denied request: "
        "you may not restore ArkRuns in this namespace: the annotation "
        f'{RESTORED_ANNOTATION} needs the RBAC rule apiGroups: ["arkonis.dev"], resources: ["arkruns"], '
        'verbs: ["restore"]\n'
    )
    assert restored.stdout == "arkrun.arkonis.dev/run-1 created\n"
    assert (
        Resource(admission.control_plane.api, namespace, RUN_PLURAL).get("run-1").json()["spec"]
        == backup["spec"]
    )


def test_a_run_with_a_warning_is_created(admission: Installation, namespace: str) -> None:
    """A possible typo causes a warning, not a refusal."""
    spec = {**PIPELINE_TEAM, "inputs": [{"name": "topic"}, {"name": "tone"}]}
    Resource(admission.control_plane.api, namespace, TEAM_PLURAL).create(team(**spec))
    created = typed(admission, namespace, "create", "-f", "-", document=run(input={"tpoic": "cats"}))

    assert created.stdout == "arkrun.arkonis.dev/run-1 created\n"
    assert created.stderr == 'Warning: spec.input: "tpoic" is not among the inputs of ArkTeam "blog"\n'


def test_a_missing_required_input_is_named(admission: Installation, namespace: str) -> None:
    """The message says which input is missing and what to do."""
    spec = {**PIPELINE_TEAM, "inputs": [{"name": "language", "required": True}]}
    Resource(admission.control_plane.api, namespace, TEAM_PLURAL).create(team(**spec))

    assert typed(admission, namespace, "create", "-f", "-", document=run()).stderr == (
        'The ArkRun "run-1" is invalid: spec.input.language: required by ArkTeam "blog", and neither the run '
        "nor the team gives it: add it to spec.input\n"
    )


def test_an_invalid_team_is_refused_with_each_error(admission: Installation, namespace: str) -> None:
    """Each error is a line that begins with its field."""
    steps = [{"role": "a", "dependsOn": ["b"]}, {"role": "b", "dependsOn": ["a", "c"]}]
    broken = team(roles=[{"name": "a"}, {"name": "b"}], pipeline=steps)

    assert typed(admission, namespace, "apply", "-f", "-", document=broken).stderr == (
        'The ArkTeam "blog" is invalid: \n'
        '* spec.pipeline[1].dependsOn[1]: "c" is no step of this team, which has: a, b\n'
        "* spec.pipeline: its steps wait for each other: a -> b -> a\n"
    )


def typed(
    admission: Installation, namespace: str, *arguments: str, document: Any
) -> subprocess.CompletedProcess[str]:
    """Run kubectl in a namespace as a user would."""
    text = json.dumps(document)
    return admission.control_plane.kubectl("-n", namespace, *arguments, input=text, check=False)
