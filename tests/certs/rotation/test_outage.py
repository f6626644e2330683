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
from controlplane import ControlPlane
from support.certs.builders import Clock
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica
from support.cluster.namespaces import create_namespace

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def own() -> Iterator[ControlPlane]:
    """Start a control plane that the tests may stop."""
    with ControlPlane() as running:
        yield running


@pytest.fixture
def env(own: ControlPlane) -> Environment:
    """Return an environment on that control plane."""
    return Environment(own, create_namespace(own))


def crash(control_plane: ControlPlane) -> None:
    """Kill the API server with SIGKILL."""
    os.kill(control_plane.pids["kube-apiserver"], signal.SIGKILL)
    control_plane.stop_apiserver()


def state_of(env: Environment) -> State:
    """Read the state in the Secret."""
    return decode(env.data())


# A slow look may find a phase over: then the next one is as good.
PHASES = {
    "begun": lambda state: state.upcoming or state.retired,
    "published": lambda state: (state.upcoming and state.published) or state.retired,
    "promoted": lambda state: state.retired,
}


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES.keys())
async def test_a_rotation_continues_after_an_outage_of_the_api_server(env: Environment, phase: Any) -> None:
    """The current leaf is served meanwhile, and readiness mentions the outage."""
    replica = Replica(env.control_plane.kubeconfig, env.settings())
    env.register(replica.port)
    async with replica:
        await until(env.settled, "the initial state")
        first = state_of(env)
        await asyncio.to_thread(env.begin_rotation)
        await until(lambda: phase(state_of(env)), "the phase")
        crash(env.control_plane)
        await until(lambda: "does not answer" in replica.manager.health().reason, "readiness tells")
        away = replica.manager.health()
        env.control_plane.start_apiserver()  # in no thread: it would end with it
        await until(lambda: env.settled() and state_of(env).authority != first.authority, "rotated")
        answer = await env.create()

    assert away.ready
    assert away.reason.startswith("the served certificate is valid until ")
    assert replica.metric("failures_total", reason="unreachable")
    assert answer.status == 201


async def test_a_replica_that_starts_during_an_outage_becomes_ready_after_it(env: Environment) -> None:
    """Until then it listens and reports why it is not ready."""
    replica = Replica(env.control_plane.kubeconfig, env.settings())
    env.register(replica.port)
    crash(env.control_plane)
    async with replica:
        away = replica.manager.health()
        env.control_plane.start_apiserver()  # in no thread: it would end with it
        await until(env.settled, "settled")
        await until(lambda: replica.manager.health().ready, "ready")
        answer = await env.create()

    assert not away.ready
    assert away.reason.startswith("no certificate has been loaded yet: GET ")
    assert answer.status == 201


@asynccontextmanager
async def read_only(env: Environment) -> AsyncIterator[None]:
    """Refuse all writes of Secrets by an admission policy, as during maintenance."""
    name = f"read-only-{env.namespace}"
    selector = {"matchLabels": {"kubernetes.io/metadata.name": env.namespace}}
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
        await asyncio.to_thread(env.control_plane.kubectl, "create", "-f", "-", input=json.dumps(each))
    await until(lambda: "maintenance" in env.try_secret().message, "the policy holds")
    yield
    for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
        await asyncio.to_thread(env.control_plane.kubectl, "delete", kind, name)


async def test_an_api_server_that_refuses_writes_delays_the_renewal_only(env: Environment) -> None:
    """The current leaf is served, and readiness shows the message of the API server."""
    clock = Clock()
    replica = Replica(env.control_plane.kubeconfig, env.settings(tick="0.2s"), clock)
    env.register(replica.port)
    async with replica:
        await until(env.settled, "the initial state")
        first = state_of(env).pair
        async with creates(env) as load:
            async with read_only(env):
                clock.offset = timedelta(days=25)
                await until(lambda: "maintenance" in replica.manager.health().reason, "readiness tells")
                refused = replica.manager.health()
            await until(lambda: state_of(env).pair != first and env.settled(), "renewed")

    assert refused.ready
    assert load.failures == []
