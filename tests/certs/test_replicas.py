"""Several replicas that share a Secret without leader election, on the real API server."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from arkrun_certs.errors import EndpointError
from arkrun_certs.rotation import state as states
from arkrun_certs.tools.endpoint import Endpoint, connect_tls
from builders_certs import HOST, Clock
from certs_stage import Stage, creates, until
from replica import Replica

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("count", [2, 5, 10])
async def test_replicas_that_start_simultaneously_agree_on_one_ca(stage: Stage, count: int) -> None:
    """On an empty cluster one CA is created, and every replica serves a leaf that it signed."""
    replicas = [Replica(stage.control_plane.kubeconfig, stage.settings()) for _ in range(count)]
    stage.register(*(each.port for each in replicas))

    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        answers = [await stage.create() for _ in range(3)]

        state = states.decode(stage.data())
        assert [answer.status for answer in answers] == [201] * 3
        assert state.retired == ()
        assert state.upcoming is None
        assert stage.bundles() == [state.bundle] * count


@pytest.mark.parametrize("count", [2, 5, 10])
async def test_a_ca_that_is_due_is_rotated_once_by_all_replicas(stage: Stage, count: int) -> None:
    """A shared clock makes it due for all replicas simultaneously, and no create fails."""
    clock = Clock()
    settings = stage.settings(ca_validity="90d", leaf_validity="10d", tick="0.2s")
    replicas = [Replica(stage.control_plane.kubeconfig, settings, clock) for _ in range(count)]
    stage.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(stage.settled, "the initial state")
        first = states.decode(stage.data()).authority.certificate
        async with creates(stage) as load:
            clock.offset = timedelta(days=61)
            await until(
                lambda: stage.settled() and states.decode(stage.data()).authority.certificate != first,
                "rotated",
            )
            await stage.create()
        state = states.decode(stage.data())

    assert load.failures == []
    assert len(load.answers) > 3
    assert [each.certificate for each in state.retired] == [first]


async def test_servers_with_different_names_share_a_secret(stage: Stage) -> None:
    """Each server is always reachable by its own name, also during rotations."""
    names = ("a.example.com", "b.example.com")
    replicas = {
        name: Replica(stage.control_plane.kubeconfig, stage.settings(dns_names=(name,), settle="0.2s"))
        for name in names
    }
    stage.register(*(each.port for each in replicas.values()))
    failures: list[str] = []
    handshakes = 0

    async def look(name: str) -> None:
        nonlocal handshakes
        while True:
            bundle = b"".join(stage.bundles())
            try:
                await connect_tls(Endpoint(HOST, replicas[name].port), bundle, name)
            except EndpointError as error:
                failures.append(str(error))
            handshakes += 1

    async with AsyncExitStack() as running:
        for each in replicas.values():
            await running.enter_async_context(each)
        await until(stage.settled, "the initial state")
        looking = [asyncio.create_task(look(name)) for name in names]
        for _ in range(3):
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "rotated")
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    assert failures == []
    assert handshakes > 3


async def test_two_releases_in_one_namespace_are_independent(stage: Stage) -> None:
    """Each has its own Secret and configuration, and a rotation of one does not affect the other."""
    neighbour = Stage(stage.control_plane, stage.namespace, secret="other-certs")
    replicas = [Replica(stage.control_plane.kubeconfig, each.settings()) for each in (stage, neighbour)]
    for each, replica in zip((stage, neighbour), replicas, strict=True):
        each.register(replica.port)
    async with AsyncExitStack() as running:
        for replica in replicas:
            await running.enter_async_context(replica)
        await until(lambda: stage.settled() and neighbour.settled(), "the initial state")
        before = neighbour.secret()["data"]
        async with creates(stage) as load:
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "rotated")
        after = neighbour.secret()["data"]
        bundles = stage.bundles() + neighbour.bundles()

    assert load.failures == []
    assert after == before
    assert len(set(bundles)) == 2
