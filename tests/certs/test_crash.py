"""A process that is killed between any two writes leaves nothing behind that the next one cannot carry on."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.state import Retired, decode, encode
from builders_certs import openssl_verify, settings
from certs_stage import Stage, until
from controlplane import Process
from replica import Replica

pytestmark = pytest.mark.cluster

TESTS = Path(__file__).resolve().parent.parent


def over(stage: Stage) -> None:
    """Put a CA into the bundle whose last leaf has just expired."""
    now = datetime.now(UTC)
    old = transitions.create(settings(), now).authority.certificate
    state = decode(stage.data())
    stage.put_data(encode(replace(state, retired=(Retired(old, now - timedelta(seconds=1)),))))


def begun(stage: Stage) -> None:
    """Begin a roll."""
    stage.begin_rotation()


def lost(stage: Stage) -> None:
    """Delete the Secret while nobody runs who remembers it."""
    stage.delete_secret()


DEATHS: dict[str, tuple[Callable[[Stage], None], int]] = {
    "lost: created, nothing injected": (lost, 1),
    "lost: one configuration injected": (lost, 2),
    "lost: both injected, not published": (lost, 3),
    "lost: published": (lost, 4),
    "roll: one configuration injected": (begun, 1),
    "roll: both injected, not published": (begun, 2),
    "roll: published, settling": (begun, 3),
    "roll: promoted, not served": (begun, 4),
    "end of a roll: dropped, not injected": (over, 1),
    "end of a roll: one configuration injected": (over, 2),
}


@pytest.mark.parametrize(("spoil", "writes"), DEATHS.values(), ids=DEATHS.keys())
async def test_a_process_killed_between_two_writes_is_carried_on(
    stage: Stage, spoil: Callable[[Stage], None], writes: int
) -> None:
    """At the moment of death every leaf that may be served is trusted; the next process ends the roll."""
    other = Stage(stage.control_plane, stage.namespace)
    given = stage.settings(validating_configurations=(stage.name, other.name), settle="0.5s")
    async with Replica(stage.control_plane.kubeconfig, given) as first:
        port = first.port
        for each in (stage, other):
            each.register(port)
        await until(lambda: stage.settled() and other.settled(), "the beginning")
    served = stage.data()["tls.crt"]
    await asyncio.to_thread(spoil, stage)
    crashing = Process(
        "crashing_replica",
        [
            sys.executable,
            "-m",
            "crashing_replica",
            stage.control_plane.kubeconfig,
            given.model_dump_json(),
            str(port),
            str(writes),
        ],
        log=stage.control_plane.directory / f"{stage.name}.log",
        environment={**stage.control_plane.environment(), "PYTHONPATH": str(TESTS)},
    )
    crashing.start()
    try:
        await until(lambda: not crashing.running, "killed")
        assert crashing.tail().endswith("killed")
    finally:
        crashing.stop()
    verdicts = [openssl_verify(bundle, served).stdout for bundle in stage.bundles() + other.bundles()]
    async with Replica(stage.control_plane.kubeconfig, given, port=port):
        await until(lambda: stage.settled() and other.settled(), "carried on")
        answer = await stage.create()

    assert all(each.endswith(": OK\n") for each in verdicts), verdicts
    assert answer.status == 201
