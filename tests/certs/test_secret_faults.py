"""Damage to the Secret and wrong clocks: creates succeed throughout, on the real API server."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from arkrun_certs.pki.x509 import is_valid, names_in
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.decision import Action
from arkrun_certs.rotation.state import State, decode, encode
from builders_certs import Clock, rsa_pair, without_names
from certs_stage import Stage, creates, until
from replica import Replica

pytestmark = pytest.mark.cluster

LONG_AGO = timedelta(days=400)


def foreign_state(stage: Stage, age: timedelta = timedelta()) -> State:
    """Build a valid state that no replica knows."""
    return transitions.create(stage.settings(), datetime.now(UTC) - age)


def rsa_authority() -> dict[str, bytes]:
    """Build a CA of another tool with an RSA key."""
    theirs = rsa_pair(2048)
    return {"ca.crt": theirs.pem, "ca.key": theirs.key, "tls.crt": theirs.pem, "tls.key": theirs.key}


FAULTS: dict[str, Callable[[Stage], None]] = {
    "deleted": lambda stage: stage.delete_secret(),
    "emptied": lambda stage: stage.put_data({"tls.crt": b"", "tls.key": b""}),
    "garbage": lambda stage: stage.put_data({"tls.crt": b"\xff", "tls.key": b"garbage", "ca.crt": b"-----"}),
    "torn": lambda stage: stage.put_data({**stage.data(), "tls.crt": stage.data()["tls.crt"][:100]}),
    "a foreign key": lambda stage: stage.put_data(
        {**stage.data(), "tls.key": encode(foreign_state(stage))["tls.key"]}
    ),
    "an expired CA": lambda stage: stage.put_data(encode(foreign_state(stage, LONG_AGO))),
    "a CA of the future": lambda stage: stage.put_data(encode(foreign_state(stage, -LONG_AGO))),
    "a stranger's CA": lambda stage: stage.put_data(encode(foreign_state(stage))),
    "keys of another kind": lambda stage: stage.put_data({**stage.data(), **rsa_authority()}),
    "an old backup that is thought to be published": lambda stage: stage.put_data(
        encode(transitions.apply(foreign_state(stage), Action.PUBLISH, stage.settings(), datetime.now(UTC)))
    ),
}


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
async def test_running_replicas_repair_the_secret_without_a_failed_create(
    stage: Stage, damage: Callable[[Stage], None]
) -> None:
    """They serve their current leaf, restore the Secret and rotate to a new CA."""
    settings = stage.settings()
    replicas = [Replica(stage.control_plane.kubeconfig, settings) for _ in range(2)]
    stage.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        for each in replicas:
            await running.enter_async_context(each)
        await until(stage.settled, "the initial state")
        before = decode(stage.data())
        async with creates(stage) as load:
            await asyncio.to_thread(damage, stage)
            await until(stage.settled, "repaired")
            after = decode(stage.data())
            await stage.create()

    assert load.failures == []
    assert len(load.answers) > 3
    assert after.authority.certificate != before.authority.certificate
    assert before.authority.certificate in after.trusted


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
async def test_a_starting_replica_repairs_a_damaged_secret(
    stage: Stage, damage: Callable[[Stage], None]
) -> None:
    """Without any memory of the previous state it becomes ready, and creates succeed."""
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as first:
        port = first.port
        stage.register(port)
        await until(stage.settled, "the initial state")
    await asyncio.to_thread(damage, stage)
    async with Replica(stage.control_plane.kubeconfig, stage.settings(), port=port):
        await until(stage.settled, "repaired")
        answer = await stage.create()

    assert answer.status == 201


async def test_a_leaf_without_names_is_renewed_and_never_served(stage: Stage) -> None:
    """The same CA signs a new leaf with the names of the settings, and no create fails."""
    replica = Replica(stage.control_plane.kubeconfig, stage.settings())
    stage.register(replica.port)
    async with replica:
        await until(stage.settled, "the initial state")
        before = decode(stage.data())
        async with creates(stage) as load:
            await asyncio.to_thread(stage.put_data, encode(without_names(before)))
            await until(stage.settled, "repaired")
            await stage.create()
        after = decode(stage.data())

    assert load.failures == []
    assert after.authority == before.authority
    assert names_in(after.pair.leaf) == names_in(before.pair.leaf)


@pytest.mark.parametrize("days", [40, -40])
async def test_no_create_fails_while_the_clock_of_one_replica_is_wrong(stage: Stage, days: int) -> None:
    """The clock jumps by 40 days and back, with a rotation at each time."""
    clock = Clock()
    settings = stage.settings(tick="0.2s")
    wrong = Replica(stage.control_plane.kubeconfig, settings, clock)
    right = Replica(stage.control_plane.kubeconfig, settings)
    stage.register(wrong.port, right.port)
    async with wrong, right:
        await until(stage.settled, "the initial state")
        async with creates(stage) as load:
            clock.offset = timedelta(days=days)
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "settled with a wrong clock")
            clock.offset = timedelta()
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "settled with the clock set right")

    assert load.failures == []
    assert len(load.answers) > 3


@pytest.mark.parametrize("days", [40, -40])
async def test_certificates_created_with_a_wrong_clock_are_replaced_once_it_is_corrected(
    stage: Stage, days: int
) -> None:
    """On an empty cluster the only replica starts with a clock that is 40 days off."""
    clock = Clock()
    clock.offset = timedelta(days=days)
    async with Replica(stage.control_plane.kubeconfig, stage.settings(tick="0.2s"), clock) as replica:
        stage.register(replica.port)
        clock.offset = timedelta()
        await until(
            lambda: stage.settled() and is_valid(decode(stage.data()).pair.leaf, datetime.now(UTC)),
            "settled with the clock set right",
        )
        answer = await stage.create()

    assert answer.status == 201
