"""A process killed between any two writes leaves a state that the next process completes."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.state import Retired, decode, encode
from controlplane import Process
from support.certs.builders import openssl_verify, settings
from support.certs.environment import Environment, until
from support.certs.replica import Replica
from support.repository import TESTS

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


def expire_retired_ca(env: Environment) -> None:
    """Add a retired CA whose last leaf has just expired."""
    now = datetime.now(UTC)
    old = transitions.create(settings(), now).authority.certificate
    state = decode(env.data())
    env.put_data(encode(replace(state, retired=(Retired(old, now - timedelta(seconds=1)),))))


def begin_rotation(env: Environment) -> None:
    """Begin a rotation."""
    env.begin_rotation()


def delete_secret(env: Environment) -> None:
    """Delete the Secret while no replica runs that remembers it."""
    env.delete_secret()


CRASHES: dict[str, tuple[Callable[[Environment], None], int]] = {
    "Secret deleted: created, nothing injected": (delete_secret, 1),
    "Secret deleted: one configuration injected": (delete_secret, 2),
    "Secret deleted: both injected, not published": (delete_secret, 3),
    "Secret deleted: published": (delete_secret, 4),
    "rotation: one configuration injected": (begin_rotation, 1),
    "rotation: both injected, not published": (begin_rotation, 2),
    "rotation: published, settling": (begin_rotation, 3),
    "rotation: promoted, not served": (begin_rotation, 4),
    "end of a rotation: dropped, not injected": (expire_retired_ca, 1),
    "end of a rotation: one configuration injected": (expire_retired_ca, 2),
}


@pytest.mark.parametrize(("damage", "writes"), CRASHES.values(), ids=CRASHES.keys())
async def test_the_next_process_completes_what_a_killed_one_began(
    env: Environment, damage: Callable[[Environment], None], writes: int
) -> None:
    """The served leaf is trusted at the time of the crash, and the next process finishes the rotation."""
    other = Environment(env.control_plane, env.namespace)
    given = env.settings(validating_configurations=(env.name, other.name), settle="0.5s")
    async with Replica(env.control_plane.kubeconfig, given) as first:
        port = first.port
        for each in (env, other):
            each.register(port)
        await until(lambda: env.settled() and other.settled(), "the initial state")
    served = env.data()["tls.crt"]
    await asyncio.to_thread(damage, env)
    crashing = Process(
        "certs.replica_killed_after_writes",
        [
            sys.executable,
            "-m",
            "certs.replica_killed_after_writes",
            env.control_plane.kubeconfig,
            given.model_dump_json(),
            str(port),
            str(writes),
        ],
        log=env.control_plane.directory / f"{env.name}.log",
        environment={**env.control_plane.environment(), "PYTHONPATH": str(TESTS)},
    )
    crashing.start()
    try:
        await until(lambda: not crashing.running, "killed")
        assert crashing.tail().endswith("killed")
    finally:
        crashing.stop()
    verdicts = [openssl_verify(bundle, served).stdout for bundle in env.bundles() + other.bundles()]
    async with Replica(env.control_plane.kubeconfig, given, port=port):
        await until(lambda: env.settled() and other.settled(), "completed")
        answer = await env.create()

    assert all(each.endswith(": OK\n") for each in verdicts), verdicts
    assert answer.status == 201
