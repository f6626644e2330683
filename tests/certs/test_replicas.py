"""Several replicas, no leader, one Secret, on the real API server."""

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
async def test_replicas_that_start_at_once_on_an_empty_cluster_agree_on_one_ca(
    stage: Stage, count: int
) -> None:
    """However many replicas start together, one CA is made and every replica serves what it signed."""
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
async def test_replicas_that_find_the_ca_due_in_the_same_instant_roll_it_once(
    stage: Stage, count: int
) -> None:
    """One clock for all makes leaf and CA due at once: one new CA comes of it, and no create is lost."""
    clock = Clock()
    settings = stage.settings(ca_validity="90d", leaf_validity="10d", tick="0.2s")
    replicas = [Replica(stage.control_plane.kubeconfig, settings, clock) for _ in range(count)]
    stage.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        await asyncio.gather(*(running.enter_async_context(each) for each in replicas))
        await until(stage.settled, "the beginning")
        first = states.decode(stage.data()).authority.certificate
        async with creates(stage) as load:
            clock.offset = timedelta(days=61)
            await until(
                lambda: stage.settled() and states.decode(stage.data()).authority.certificate != first,
                "rolled",
            )
            await stage.create()
        state = states.decode(stage.data())

    assert load.failures == []
    assert len(load.answers) > 3
    assert [each.certificate for each in state.retired] == [first]


async def test_servers_that_share_a_secret_never_serve_a_leaf_without_their_name(stage: Stage) -> None:
    """Two releases with one Secret, or an old and a new name in a rollout: each is found by its own."""
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
        await until(stage.settled, "the beginning")
        looking = [asyncio.create_task(look(name)) for name in names]
        for _ in range(3):
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "rolled")
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    assert failures == []
    assert handshakes > 3


async def test_two_releases_in_one_namespace_keep_out_of_each_others_way(stage: Stage) -> None:
    """Each has a Secret and a configuration of its own; a roll of one changes nothing of the other."""
    neighbour = Stage(stage.control_plane, stage.namespace, secret="other-certs")
    replicas = [Replica(stage.control_plane.kubeconfig, each.settings()) for each in (stage, neighbour)]
    for each, replica in zip((stage, neighbour), replicas, strict=True):
        each.register(replica.port)
    async with AsyncExitStack() as running:
        for replica in replicas:
            await running.enter_async_context(replica)
        await until(lambda: stage.settled() and neighbour.settled(), "the beginning")
        before = neighbour.secret()["data"]
        async with creates(stage) as load:
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "rolled")
        after = neighbour.secret()["data"]
        bundles = stage.bundles() + neighbour.bundles()

    assert load.failures == []
    assert after == before
    assert len(set(bundles)) == 2
