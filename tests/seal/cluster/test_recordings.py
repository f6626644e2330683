"""The operator's recorded writes hold while their runs are sealed, and the seals hold in the end."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from arkrun_crd.names import STATUS_SEAL_ANNOTATION
from arkrun_crd.seal.keys import PublicKey, public_keys
from arkrun_crd.seal.verify import State, verify
from controlplane import Answer, ControlPlane
from recordings import OPERATOR, RECORDINGS, Recording, Replay
from recordings.installation import installed_beside
from recordings.recording import Json
from seal.cluster.foreign import install_operator_crds
from support.cluster.installation import Installation
from support.cluster.namespaces import create_namespace
from support.history.process import HistoryProcess
from support.polling import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

SYSTEM, ACCOUNT = "arkrun-system", "arkrun-history"
CONFLICT = 409
ATTEMPTS = 5


@pytest.fixture(scope="module", params=["our CRDs", "foreign CRDs"])
def sealed_plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    """Seal the runs of a server with the whole chart, beside our CRDs and beside an operator's."""
    directory = tmp_path_factory.mktemp("sealer")
    with ExitStack() as stack:
        if request.param == "our CRDs":
            installed: Installation = request.getfixturevalue("admission")
        else:
            installed = stack.enter_context(installed_beside(install_operator_crds))
        stack.enter_context(sealing(installed.control_plane, directory))
        yield installed.control_plane


@contextmanager
def sealing(control_plane: ControlPlane, directory: Path) -> Iterator[HistoryProcess]:
    """Run the sealer; its account gets its rights here."""
    control_plane.kubectl("create", "serviceaccount", ACCOUNT, "-n", SYSTEM)
    for name, subject in (
        ("sealer", f"--serviceaccount={SYSTEM}:{ACCOUNT}"),
        ("operator", f"--user={OPERATOR}"),
    ):
        binding = ("clusterrolebinding", f"sealed-{name}", "--clusterrole=cluster-admin", subject)
        control_plane.kubectl("create", *binding)
    token = control_plane.kubectl("create", "token", ACCOUNT, "-n", SYSTEM).stdout.strip()
    kubeconfig = control_plane.token_kubeconfig(ACCOUNT, token)
    settings = {"seal": True, "no_retention": True, "lease_namespace": SYSTEM}
    with HistoryProcess(control_plane, directory, kubeconfig=kubeconfig, **settings) as replica:
        yield replica


def published(control_plane: ControlPlane) -> dict[str, PublicKey]:
    """Read the public keys."""
    path = f"/api/v1/namespaces/{SYSTEM}/configmaps/arkrun-seal-keys"
    return public_keys(control_plane.api.call("GET", path).json()["data"].values())


def write(replay: Replay, recorded: Json) -> Answer:
    """Send a recorded write; as every controller does, read and write again after a conflict."""
    for _ in range(ATTEMPTS):
        answer = replay.write(recorded)
        if answer.status != CONFLICT:
            break
    return answer


@pytest.mark.parametrize("recording", RECORDINGS, ids=str)
def test_a_recorded_run_is_stored_and_sealed(sealed_plane: ControlPlane, recording: Recording) -> None:
    """Each write is accepted and stored as without sealing, and an ended run is verified."""
    replay = Replay(sealed_plane.api, create_namespace(sealed_plane), recording)
    replay.create_team()
    created = replay.create_run()
    assert created.status == 201, created.message

    for number, recorded in enumerate(recording.writes):
        answer = write(replay, recorded)
        assert answer.status == 200, f"write {number}: {answer.message}"
        stored = replay.stored()
        assert (stored["spec"], stored["metadata"]["generation"]) == (created.json()["spec"], 1)
        if "status" in recorded:
            assert stored["status"] == recorded["status"], f"write {number}"
        time.sleep(0.02)

    wait_for(lambda: is_settled(replay.stored(), published(sealed_plane)), 20)


def is_settled(run: Json, keys: dict[str, PublicKey]) -> bool:
    """Return True if a run is verified, with the seal of its end if it has ended."""
    ended = run.get("status", {}).get("phase") in ("Succeeded", "Failed")
    sealed = STATUS_SEAL_ANNOTATION in run["metadata"].get("annotations", {})
    return ended == sealed and verify(json.loads(json.dumps(run)), keys).state is State.VERIFIED
