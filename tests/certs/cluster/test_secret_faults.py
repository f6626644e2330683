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
from support.certs.builders import Clock, rsa_pair, without_names
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

LONG_AGO = timedelta(days=400)


def foreign_state(env: Environment, age: timedelta = timedelta()) -> State:
    """Build a valid state that no replica knows."""
    return transitions.create(env.settings(), datetime.now(UTC) - age)


def rsa_authority() -> dict[str, bytes]:
    """Build a CA of another tool with an RSA key."""
    theirs = rsa_pair(2048)
    return {"ca.crt": theirs.pem, "ca.key": theirs.key, "tls.crt": theirs.pem, "tls.key": theirs.key}


FAULTS: dict[str, Callable[[Environment], None]] = {
    "deleted": lambda env: env.delete_secret(),
    "emptied": lambda env: env.put_data({"tls.crt": b"", "tls.key": b""}),
    "garbage": lambda env: env.put_data({"tls.crt": b"\xff", "tls.key": b"garbage", "ca.crt": b"-----"}),
    "torn": lambda env: env.put_data({**env.data(), "tls.crt": env.data()["tls.crt"][:100]}),
    "a foreign key": lambda env: env.put_data(
        {**env.data(), "tls.key": encode(foreign_state(env))["tls.key"]}
    ),
    "an expired CA": lambda env: env.put_data(encode(foreign_state(env, LONG_AGO))),
    "a CA of the future": lambda env: env.put_data(encode(foreign_state(env, -LONG_AGO))),
    "a stranger's CA": lambda env: env.put_data(encode(foreign_state(env))),
    "keys of another kind": lambda env: env.put_data({**env.data(), **rsa_authority()}),
    "an old backup that is thought to be published": lambda env: env.put_data(
        encode(transitions.apply(foreign_state(env), Action.PUBLISH, env.settings(), datetime.now(UTC)))
    ),
}


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
async def test_running_replicas_repair_the_secret_without_a_failed_create(
    env: Environment, damage: Callable[[Environment], None]
) -> None:
    """They serve their current leaf, restore the Secret and rotate to a new CA."""
    settings = env.settings()
    replicas = [Replica(env.control_plane.kubeconfig, settings) for _ in range(2)]
    env.register(*(each.port for each in replicas))
    async with AsyncExitStack() as running:
        for each in replicas:
            await running.enter_async_context(each)
        await until(env.settled, "the initial state")
        before = decode(env.data())
        async with creates(env) as load:
            await asyncio.to_thread(damage, env)
            await until(env.settled, "repaired")
            after = decode(env.data())
            await env.create()

    assert load.failures == []
    assert len(load.answers) > 3
    assert after.authority.certificate != before.authority.certificate
    assert before.authority.certificate in after.trusted


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
async def test_a_starting_replica_repairs_a_damaged_secret(
    env: Environment, damage: Callable[[Environment], None]
) -> None:
    """Without any memory of the previous state it becomes ready, and creates succeed."""
    async with Replica(env.control_plane.kubeconfig, env.settings()) as first:
        port = first.port
        env.register(port)
        await until(env.settled, "the initial state")
    await asyncio.to_thread(damage, env)
    async with Replica(env.control_plane.kubeconfig, env.settings(), port=port):
        await until(env.settled, "repaired")
        answer = await env.create()

    assert answer.status == 201


async def test_a_leaf_without_names_is_renewed_and_never_served(env: Environment) -> None:
    """The same CA signs a new leaf with the names of the settings, and no create fails."""
    replica = Replica(env.control_plane.kubeconfig, env.settings())
    env.register(replica.port)
    async with replica:
        await until(env.settled, "the initial state")
        before = decode(env.data())
        async with creates(env) as load:
            await asyncio.to_thread(env.put_data, encode(without_names(before)))
            await until(env.settled, "repaired")
            await env.create()
        after = decode(env.data())

    assert load.failures == []
    assert after.authority == before.authority
    assert names_in(after.pair.leaf) == names_in(before.pair.leaf)


@pytest.mark.parametrize("days", [40, -40])
async def test_no_create_fails_while_the_clock_of_one_replica_is_wrong(env: Environment, days: int) -> None:
    """The clock jumps by 40 days and back, with a rotation at each time."""
    clock = Clock()
    settings = env.settings(tick="0.2s")
    wrong = Replica(env.control_plane.kubeconfig, settings, clock)
    right = Replica(env.control_plane.kubeconfig, settings)
    env.register(wrong.port, right.port)
    async with wrong, right:
        await until(env.settled, "the initial state")
        async with creates(env) as load:
            clock.offset = timedelta(days=days)
            await asyncio.to_thread(env.begin_rotation)
            await until(env.settled, "settled with a wrong clock")
            clock.offset = timedelta()
            await asyncio.to_thread(env.begin_rotation)
            await until(env.settled, "settled with the clock set right")

    assert load.failures == []
    assert len(load.answers) > 3


@pytest.mark.parametrize("days", [40, -40])
async def test_certificates_created_with_a_wrong_clock_are_replaced_once_it_is_corrected(
    env: Environment, days: int
) -> None:
    """On an empty cluster the only replica starts with a clock that is 40 days off."""
    clock = Clock()
    clock.offset = timedelta(days=days)
    async with Replica(env.control_plane.kubeconfig, env.settings(tick="0.2s"), clock) as replica:
        env.register(replica.port)
        clock.offset = timedelta()
        await until(
            lambda: env.settled() and is_valid(decode(env.data()).pair.leaf, datetime.now(UTC)),
            "settled with the clock set right",
        )
        answer = await env.create()

    assert answer.status == 201
