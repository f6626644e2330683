"""A run without a readable team is refused with the reason."""

import pytest

from arkrun_crd.names import RUN_PLURAL, TEAM_PLURAL
from support.builders.objects import run, team
from support.cluster.installation import Installation
from support.cluster.resources import Resource

pytestmark = pytest.mark.cluster

MUTATE = 'admission webhook "mutate.arkruns.arkonis.dev" denied the request: '


def test_a_run_of_a_missing_team_is_refused(admission: Installation, namespace: str) -> None:
    """The refusal names the team, the namespace and two remedies."""
    answer = Resource(admission.control_plane.api, namespace, RUN_PLURAL).create(run(team="nobody"))

    assert answer.status == 422
    assert answer.message == (
        f'{MUTATE}ArkTeam "nobody" does not exist in namespace "{namespace}": '
        "create it first, or correct spec.teamRef"
    )


def test_a_team_of_another_namespace_is_not_found(
    admission: Installation, namespace: str, bare_namespace: str
) -> None:
    """A run can only use a team of its own namespace."""
    api = admission.control_plane.api
    Resource(api, bare_namespace, TEAM_PLURAL).create(team("elsewhere"))

    answer = Resource(api, namespace, RUN_PLURAL).create(run(team="elsewhere"))

    assert answer.status == 422
    assert f'ArkTeam "elsewhere" does not exist in namespace "{namespace}"' in answer.message


def test_a_run_of_a_team_that_is_being_deleted_is_refused(admission: Installation, namespace: str) -> None:
    """A team with a deletionTimestamp accepts no new runs, although it can still be read."""
    api = admission.control_plane.api
    teams = Resource(api, namespace, TEAM_PLURAL)
    blog = team()
    blog["metadata"]["finalizers"] = ["test.arkonis.dev/hold"]
    teams.create(blog)
    teams.delete("blog")

    answer = Resource(api, namespace, RUN_PLURAL).create(run())

    assert answer.status == 422
    assert answer.message == (
        f'{MUTATE}ArkTeam "blog" in namespace "{namespace}" is being deleted: '
        "wait until it is gone and create it again, or use another team"
    )


def test_a_dry_run_is_refused_like_a_create(admission: Installation, namespace: str) -> None:
    """`--dry-run=server` calls the webhook and stores nothing."""
    api = admission.control_plane.api
    Resource(api, namespace, TEAM_PLURAL).create(team())
    runs = Resource(api, namespace, RUN_PLURAL)

    answer = runs.create(run(), query="?dryRun=All")

    assert answer.json()["spec"]["teamGeneration"] == 1
    assert runs.get("run-1").status == 404


def test_a_different_snapshot_is_replaced_by_that_of_the_team(
    admission: Installation, namespace: str
) -> None:
    """A snapshot sent by the client, as by `ark trigger`, is replaced if it differs from the team's."""
    api = admission.control_plane.api
    spec = Resource(api, namespace, TEAM_PLURAL).create(team()).json()["spec"]
    runs = Resource(api, namespace, RUN_PLURAL)
    snapshot = {name: spec[name] for name in ("pipeline", "roles", "output", "timeoutSeconds", "maxTokens")}

    right = runs.create(run("right", teamGeneration=1, **snapshot))
    other = runs.create(run("other", teamGeneration=1, **(snapshot | {"roles": snapshot["roles"][:1]})))

    assert (right.status, other.status) == (201, 201), other.message
    assert other.json()["spec"] == right.json()["spec"]
