"""An API server with the chart and its policies, and the sealer as a process with the chart's rights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arkrun_crd.names import RUN_PLURAL, SPEC_SEAL_ANNOTATION, STATUS_SEAL_ANNOTATION
from arkrun_crd.seal.keys import PublicKey, public_keys
from arkrun_crd.seal.verify import Report, verify
from controlplane import ControlPlane
from policies.builders import record
from policies.conftest import CONFIGURATIONS, RELEASE, wait_for_policies
from support.cluster.etcd import Etcd, run_key
from support.cluster.namespaces import create_namespace
from support.cluster.resources import Resource
from support.history.process import HistoryProcess
from support.polling import wait_for
from support.repository import CHART

Json = dict[str, Any]

SYSTEM = "arkrun-system"
SEALER = "arkrun-history"
VALUES = (
    "crds.arkruns.enabled=false",
    "crds.arkteams.enabled=false",
    "seal.enabled=true",
    # Nobody listens on port 1; there is no kubelet that could run pods or hooks.
    "webhook.url=https://127.0.0.1:1/0123456789abcdef0123456789abcdef",
)


@dataclass
class SealEnvironment:
    """An API server with the chart, sealing on; the sealer runs only where a test starts it."""

    control_plane: ControlPlane
    directory: Path
    starts: int = 0

    def __post_init__(self) -> None:
        self._anybody = self.control_plane.user_api("anybody")

    def runs(self, namespace: str = "") -> Resource:
        """Reach the runs of a namespace, by default of a new one."""
        return Resource(self.control_plane.api, namespace or create_namespace(self.control_plane), RUN_PLURAL)

    def sealer(self, **settings: Any) -> HistoryProcess:
        """Return a replica with the rights of the chart's ServiceAccount, which seals and deletes nothing."""
        self.starts += 1
        token = self.control_plane.kubectl("create", "token", SEALER, "-n", SYSTEM).stdout.strip()
        names = {"lease_namespace": SYSTEM, "lease_name": SEALER, "seal_secret": "arkrun-seal"}
        return HistoryProcess(
            self.control_plane,
            self.directory / f"sealer-{self.starts}",
            kubeconfig=self.control_plane.token_kubeconfig(SEALER, token),
            **{**names, "seal": True, "no_retention": True, "lease_seconds": 3, **settings},
        )

    def upgrade(self, *values: str) -> None:
        """Upgrade the release; the webhook's configurations that this brings back are deleted again."""
        options = ("--no-hooks", "--reuse-values", *(f"--set={value}" for value in values))
        self.control_plane.helm("upgrade", *RELEASE[:1], str(CHART), *RELEASE[1:], *options)
        self.control_plane.kubectl("delete", CONFIGURATIONS, "arkrun")
        probe = Resource(self.control_plane.api, "default", RUN_PLURAL)
        wait_for(lambda: probe.create(record("probe"), "?dryRun=All").status == 201)

    def keys(self) -> dict[str, PublicKey]:
        """Read the public keys, as any authenticated user may."""
        path = f"/api/v1/namespaces/{SYSTEM}/configmaps/arkrun-seal-keys"
        answer = self._anybody.call("GET", path)
        return public_keys(answer.json()["data"].values()) if answer.status == 200 else {}

    def edit(self, runs: Resource, name: str, change: Callable[[Json], object]) -> None:
        """Edit a run directly in etcd, where nothing refuses."""
        namespace = runs.get(name).json()["metadata"]["namespace"]
        key = run_key(namespace, name)
        run = self.etcd.read(key)
        change(run)
        self.etcd.write(key, run)

    def events(self, runs: Resource, reason: str) -> list[str]:
        """Return the notes of the events with a reason in the namespace of the runs."""
        namespace = runs.get("").json()["items"][0]["metadata"]["namespace"]
        path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
        items = self.control_plane.api.call("GET", path).json()["items"]
        return [each["note"] for each in items if each["reason"] == reason]

    @property
    def etcd(self) -> Etcd:
        """The store behind the API server."""
        return Etcd(self.control_plane.etcd_url)

    def report(self, runs: Resource, name: str = "run-1") -> Report:
        """Verify a run as it is stored."""
        return verify(runs.get(name).json(), self.keys())


def seals(run: Json) -> tuple[str | None, str | None]:
    """Return both seals of a run."""
    annotations = run["metadata"].get("annotations") or {}
    return annotations.get(SPEC_SEAL_ANNOTATION), annotations.get(STATUS_SEAL_ANNOTATION)


def sealed_parts(runs: Resource, name: str = "run-1") -> tuple[bool, bool]:
    """Return which seals a run has."""
    spec, status = seals(runs.get(name).json())
    return spec is not None, status is not None


def create(runs: Resource, name: str = "run-1", **metadata: Any) -> Json:
    """Create a complete record."""
    document = record(name)
    document["metadata"] |= metadata
    answer = runs.create(document)
    assert answer.status == 201, answer.message
    stored: Json = answer.json()
    return stored


def write_status(runs: Resource, status: Json, name: str = "run-1") -> Json:
    """Merge into the status, and return the stored one."""
    answer = runs.patch(name, {"status": status}, suffix="/status")
    assert answer.status == 200, answer.message
    stored: Json = answer.json()["status"]
    return stored


def wait_for_seals(runs: Resource, expected: tuple[bool, bool], name: str = "run-1") -> Json:
    """Wait until a run has exactly these seals, and return it."""
    wait_for(lambda: sealed_parts(runs, name) == expected, 20)
    found: Json = runs.get(name).json()
    return found


@contextmanager
def seal_environment(directory: Path, install: Callable[[ControlPlane], None]) -> Iterator[SealEnvironment]:
    """Start an API server, install CRDs and the chart, and delete the configurations of the webhook."""
    with ControlPlane() as control_plane:
        install(control_plane)
        options = ("--create-namespace", "--no-hooks", *(f"--set={value}" for value in VALUES))
        control_plane.helm("install", *RELEASE[:1], str(CHART), *RELEASE[1:], *options)
        control_plane.kubectl("delete", CONFIGURATIONS, "arkrun")
        wait_for_policies(Resource(control_plane.api, "default", RUN_PLURAL))
        yield SealEnvironment(control_plane, directory)
