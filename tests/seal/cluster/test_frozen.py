"""Only the sealer writes seals, and only in their order, on any CRD and whether it runs or not."""

from typing import Any

import pytest

from arkrun_crd.names import RESTORED_ANNOTATION, SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION
from arkrun_crd.seal.verify import State
from policies.builders import ended, record
from seal.cluster.environment import (
    SEALER,
    SYSTEM,
    SealEnvironment,
    create,
    sealed_parts,
    seals,
    wait_for_seals,
    write_status,
)
from support.cluster.resources import Resource

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

ACCOUNT = f"system:serviceaccount:{SYSTEM}:{SEALER}"
ONLY_THE_SEALER = (
    f"only {ACCOUNT} writes the annotations {SPEC_SEAL_ANNOTATION} and {STATUS_SEAL_ANNOTATION}: "
    "leave them as they are"
)
CONDITION = {
    "type": "Seen",
    "status": "True",
    "reason": "Test",
    "message": "",
    "lastTransitionTime": "2026-03-17T10:00:00Z",
}
Json = dict[str, Any]


def reason(message: str) -> str:
    """Cut what the API server says about the policy."""
    return message.rsplit("denied request: ", maxsplit=1)[-1]


def annotate(runs: Resource, **annotations: str | None) -> tuple[int, str]:
    """Write annotations; return the status of the answer, and the reason of a refusal."""
    named = {f"arkonis.dev/seal-{name}": text for name, text in annotations.items()}
    answer = runs.patch("run-1", {"metadata": {"annotations": named}})
    return answer.status, reason(answer.message) if answer.status != 200 else ""


def as_sealer(env: SealEnvironment, run: Json) -> Resource:
    """Reach the runs of the same namespace as the sealer's account."""
    api = env.control_plane.api.impersonate(ACCOUNT)
    return Resource(api, run["metadata"]["namespace"], "arkruns")


@pytest.mark.parametrize("change", [{"spec": "x"}, {"status": "x"}, {"spec": ""}])
def test_nobody_else_sets_a_seal(env: SealEnvironment, change: dict[str, str]) -> None:
    """An administrator included."""
    runs = env.runs()
    create(runs)

    assert annotate(runs, **change) == (403, ONLY_THE_SEALER)


def test_nobody_else_changes_or_removes_a_seal(env: SealEnvironment) -> None:
    """By a patch of metadata, with a whole update, or by dropping all annotations."""
    runs = env.runs()
    with env.sealer():
        create(runs)
        write_status(runs, ended("Succeeded"))
        run = wait_for_seals(runs, (True, True))

    for change in ({"spec": "x"}, {"spec": None}, {"status": "x"}, {"status": None}):
        assert annotate(runs, **change) == (403, ONLY_THE_SEALER)
    assert runs.replace("run-1", {**run, "metadata": {**run["metadata"], "annotations": {}}}).status == 403
    assert runs.patch("run-1", {"metadata": {"annotations": None}}).status == 403
    assert seals(runs.get("run-1").json()) == seals(run)


def test_other_annotations_finalizers_and_statuses_stay_free(env: SealEnvironment) -> None:
    """The operator and people write them on sealed runs as before, and they disprove nothing."""
    runs = env.runs()
    with env.sealer():
        create(runs)
        wait_for_seals(runs, (True, False))
        assert runs.patch("run-1", {"metadata": {"annotations": {"reviewed-by": "me"}}}).status == 200
        assert runs.patch("run-1", {"metadata": {"finalizers": ["arkonis.dev/hold"]}}).status == 200
        write_status(runs, ended("Succeeded"))
        wait_for_seals(runs, (True, True))
        write_status(runs, {"conditions": [CONDITION], "observedGeneration": 1})
        assert runs.patch("run-1", {"metadata": {"finalizers": None}}).status == 200

    assert env.report(runs).state is State.VERIFIED


def test_the_sealer_itself_keeps_to_the_order(env: SealEnvironment) -> None:
    """Whoever takes over its account can neither replace a seal nor seal what has not ended."""
    runs = env.runs()
    sealer = as_sealer(env, create(runs))
    once = "the seal of a spec is written once: leave the annotation arkonis.dev/seal-spec as it is"
    at_the_end = (
        "the end of a run is sealed when it has ended and its spec is sealed, and once more only after a "
        "retry of a run that Failed"
    )
    opened = "the seal of an end is removed only when a retry has reopened a run that Failed"

    assert annotate(sealer, status="x") == (422, at_the_end)
    assert annotate(sealer, spec="x") == (200, "")
    assert annotate(sealer, spec="y") == annotate(sealer, spec=None) == (422, once)
    assert annotate(sealer, status="x") == (422, at_the_end)
    write_status(runs, ended("Succeeded"))
    assert annotate(sealer, status='"phase":"Succeeded"') == (200, "")
    assert annotate(sealer, status="y") == (422, at_the_end)
    assert annotate(sealer, status=None) == (422, opened)


def test_a_new_run_carries_no_seal(env: SealEnvironment) -> None:
    """A copy of a sealed run under another name would look sealed; the message says what to remove."""
    document = record()
    document["metadata"]["annotations"] = {SPEC_SEAL_ANNOTATION: "x"}

    answer = env.runs().create(document)

    assert answer.status == 422
    assert reason(answer.message) == (
        "a seal belongs to one run and cannot be created with another: remove the annotations "
        f"{SPEC_SEAL_ANNOTATION} and {STATUS_SEAL_ANNOTATION}"
    )


def test_a_restored_record_keeps_the_seals_of_its_original(env: SealEnvironment) -> None:
    """Its content is still proven; that it is the same object is not, and nobody seals it again."""
    runs = env.runs()
    with env.sealer():
        create(runs)
        write_status(runs, ended("Failed"))
        original = wait_for_seals(runs, (True, True))
        runs.delete("run-1")
        annotations = {**original["metadata"]["annotations"], RESTORED_ANNOTATION: "true"}
        create(runs, annotations=annotations)
        write_status(runs, original["status"])
        create(runs, "later")
        wait_for_seals(runs, (True, False), "later")

    report = env.report(runs)
    assert seals(runs.get("run-1").json()) == seals(original)
    assert [part.state for part in report.parts.values()] == [
        State.UNKNOWN,
        State.VERIFIED,
        State.VERIFIED,
    ]
    assert report.identity.reason.startswith("a restored copy of another object (uid was ")


def test_a_record_restored_without_seals_is_sealed(env: SealEnvironment) -> None:
    """As any other new run."""
    runs = env.runs()
    with env.sealer():
        create(runs, annotations={RESTORED_ANNOTATION: "true"})
        write_status(runs, ended("Succeeded"))
        wait_for_seals(runs, (True, True))

    assert env.report(runs).state is State.VERIFIED
    assert sealed_parts(runs) == (True, True)
