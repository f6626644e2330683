"""Several replicas that share a Secret without leader election, on the real API server."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from arkrun_certs.errors import EndpointError
from arkrun_certs.rotation import state as states
from arkrun_certs.tools.endpoint import Endpoint, connect_tls
from support.certs.builders import HOST, Clock
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.mark.parametrize("count", [2, 5, 10])
async def test_replicas_that_start_simultaneously_agree_on_one_ca(env: Environment, count: int) -> None:
    """On an empty cluster one CA is created, and every replica serves a leaf that it signed."""
    replicas = [Replica(env.control_plane.kubeconfig, env.settings()) for _ in range(count)]
    env.register(*(each.port for each in replicas))

    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        answers = [await env.create() for _ in range(3)]

        state = states.decode(env.data())
        assert [answer.status for answer in answers] == [201] * 3
        assert state.retired == ()
        assert state.upcoming is None
        assert env.bundles() == [state.bundle] * count


@pytest.mark.parametrize("count", [2, 5, 10])
async def test_a_ca_that_is_due_is_rotated_once_by_all_replicas(env: Environment, count: int) -> None:
    """A shared clock makes it due for all replicas simultaneously, and no create fails."""
    clock = Clock()
    settings = env.settings(ca_validity="90d", leaf_validity="10d", tick="0.2s")
    replicas = [Replica(env.control_plane.kubeconfig, settings, clock) for _ in range(count)]
    env.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(env.settled, "the initial state")
        first = states.decode(env.data()).authority.certificate
        async with creates(env) as load:
            clock.offset = timedelta(days=61)
            await until(
                lambda: env.settled() and states.decode(env.data()).authority.certificate != first,
                "rotated",
            )
            await env.create()
        state = states.decode(env.data())

    assert load.failures == []
    assert len(load.answers) > 3
    assert [each.certificate for each in state.retired] == [first]


async def test_servers_with_different_names_share_a_secret(env: Environment) -> None:
    """Each server is always reachable by its own name, also during rotations."""
    names = ("a.example.com", "b.example.com")
    replicas = {
        name: Replica(env.control_plane.kubeconfig, env.settings(dns_names=(name,), settle="0.2s"))
        for name in names
    }
    env.register(*(each.port for each in replicas.values()))
    failures: list[str] = []
    handshakes = 0

    async def look(name: str) -> None:
        nonlocal handshakes
        while True:
            bundle = b"".join(env.bundles())
            try:
                await connect_tls(Endpoint(HOST, replicas[name].port), bundle, name)
            except EndpointError as error:
                failures.append(str(error))
            handshakes += 1

    async with AsyncExitStack() as running:
        for each in replicas.values():
            await running.enter_async_context(each)
        await until(env.settled, "the initial state")
        looking = [asyncio.create_task(look(name)) for name in names]
        for _ in range(3):
            await asyncio.to_thread(env.begin_rotation)
            await until(env.settled, "rotated")
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    assert failures == []
    assert handshakes > 3


async def test_two_releases_in_one_namespace_are_independent(env: Environment) -> None:
    """Each has its own Secret and configuration, and a rotation of one does not affect the other."""
    neighbour = Environment(env.control_plane, env.namespace, secret="other-certs")
    replicas = [Replica(env.control_plane.kubeconfig, each.settings()) for each in (env, neighbour)]
    for each, replica in zip((env, neighbour), replicas, strict=True):
        each.register(replica.port)
    async with AsyncExitStack() as running:
        for replica in replicas:
            await running.enter_async_context(replica)
        await until(lambda: env.settled() and neighbour.settled(), "the initial state")
        before = neighbour.secret()["data"]
        async with creates(env) as load:
            await asyncio.to_thread(env.begin_rotation)
            await until(env.settled, "rotated")
        after = neighbour.secret()["data"]
        bundles = env.bundles() + neighbour.bundles()

    assert load.failures == []
    assert after == before
    assert len(set(bundles)) == 2
