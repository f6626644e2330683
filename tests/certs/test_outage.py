"""An API server that crashes or refuses writes during a rotation."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from arkrun_certs.rotation.state import State, decode
from builders_certs import Clock
from certs_stage import Stage, creates, until
from conftest import create_namespace
from controlplane import ControlPlane
from replica import Replica

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def own() -> Iterator[ControlPlane]:
    """Start a control plane that the tests may stop."""
    with ControlPlane() as running:
        yield running


@pytest.fixture
def stage(own: ControlPlane) -> Stage:
    """Return a stage on that control plane."""
    return Stage(own, create_namespace(own))


def crash(control_plane: ControlPlane) -> None:
    """Kill the API server with SIGKILL."""
    os.kill(control_plane.pids["kube-apiserver"], signal.SIGKILL)
    control_plane.stop_apiserver()


def state_of(stage: Stage) -> State:
    """Read the state in the Secret."""
    return decode(stage.data())


# A slow look may find a phase over: then the next one is as good.
PHASES = {
    "begun": lambda state: state.upcoming or state.retired,
    "published": lambda state: (state.upcoming and state.published) or state.retired,
    "promoted": lambda state: state.retired,
}


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES.keys())
async def test_a_rotation_continues_after_an_outage_of_the_api_server(stage: Stage, phase: Any) -> None:
    """The current leaf is served meanwhile, and readiness mentions the outage."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings())
    stage.register(replica.port)
    async with replica:
        await until(stage.settled, "the initial state")
        first = state_of(stage)
        await asyncio.to_thread(stage.begin_rotation)
        await until(lambda: phase(state_of(stage)), "the phase")
        crash(stage.control_plane)
        await until(lambda: "does not answer" in replica.manager.health().reason, "readiness tells")
        away = replica.manager.health()
        stage.control_plane.start_apiserver()  # in no thread: it would end with it
        await until(lambda: stage.settled() and state_of(stage).authority != first.authority, "rotated")
        answer = await stage.create()

    assert away.ready
    assert away.reason.startswith("the served certificate is valid until ")
    assert replica.metric("failures_total", reason="unreachable")
    assert answer.status == 201


async def test_a_replica_that_starts_during_an_outage_becomes_ready_after_it(stage: Stage) -> None:
    """Until then it listens and reports why it is not ready."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings())
    stage.register(replica.port)
    crash(stage.control_plane)
    async with replica:
        away = replica.manager.health()
        stage.control_plane.start_apiserver()  # in no thread: it would end with it
        await until(stage.settled, "settled")
        await until(lambda: replica.manager.health().ready, "ready")
        answer = await stage.create()

    assert not away.ready
    assert away.reason.startswith("no certificate has been loaded yet: GET ")
    assert answer.status == 201


@asynccontextmanager
async def read_only(stage: Stage) -> AsyncIterator[None]:
    """Refuse all writes of Secrets by an admission policy, as during maintenance."""
    name = f"read-only-{stage.namespace}"
    selector = {"matchLabels": {"kubernetes.io/metadata.name": stage.namespace}}
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["secrets"],
    }
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"namespaceSelector": selector, "resourceRules": [rule]},
            "validations": [{"expression": "false", "message": "maintenance"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }
    for each in (policy, binding):
        await asyncio.to_thread(stage.control_plane.kubectl, "create", "-f", "-", input=json.dumps(each))
    await until(lambda: "maintenance" in stage.try_secret().message, "the policy holds")
    yield
    for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
        await asyncio.to_thread(stage.control_plane.kubectl, "delete", kind, name)


async def test_an_api_server_that_refuses_writes_delays_the_renewal_only(stage: Stage) -> None:
    """The current leaf is served, and readiness shows the message of the API server."""
    clock = Clock()
    replica = Replica(stage.control_plane.kubeconfig, stage.settings(tick="0.2s"), clock)
    stage.register(replica.port)
    async with replica:
        await until(stage.settled, "the initial state")
        first = state_of(stage).pair
        async with creates(stage) as load:
            async with read_only(stage):
                clock.offset = timedelta(days=25)
                await until(lambda: "maintenance" in replica.manager.health().reason, "readiness tells")
                refused = replica.manager.health()
            await until(lambda: state_of(stage).pair != first and stage.settled(), "renewed")

    assert refused.ready
    assert load.failures == []
