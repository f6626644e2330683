"""A rotation as seen by clients, logs and metrics, on the real API server and in uvicorn."""

import asyncio
import http.client
import json
import ssl

import pytest
from structlog.testing import capture_logs

from arkrun_certs.rotation.state import decode
from support.certs.builders import HOST
from support.certs.environment import Environment, until
from support.certs.replica import Replica

pytestmark = pytest.mark.cluster

REVIEW = json.dumps({"request": {"uid": "1"}}).encode()


def post_review(connection: http.client.HTTPSConnection) -> int:
    """Send a review on an open connection and return the status."""
    connection.request("POST", "/", REVIEW)
    answer = connection.getresponse()
    answer.read()
    return answer.status


async def test_an_open_connection_survives_a_rotation(env: Environment) -> None:
    """API servers keep connections open for minutes; only new connections get the new leaf."""
    async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
        env.register(replica.port)
        await until(env.settled, "the initial state")
        context = ssl.create_default_context(cadata=decode(env.data()).bundle.decode())
        connection = http.client.HTTPSConnection(HOST, replica.port, context=context)
        before = await asyncio.to_thread(post_review, connection)
        socket = connection.sock
        await asyncio.to_thread(env.begin_rotation)
        await until(env.settled, "rotated")
        after = await asyncio.to_thread(post_review, connection)
        same = connection.sock is socket
        connection.close()
        renewed = await asyncio.to_thread(env.serves, replica.port, env.data()["tls.crt"])

    assert (before, after) == (200, 200)
    assert same
    assert renewed


async def test_a_rotation_is_logged_and_counted(env: Environment) -> None:
    """Every action has a reason, the gauges describe the new CA, and no key is logged."""
    name = f'ValidatingWebhookConfiguration "{env.name}"'
    with capture_logs() as logs:
        async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
            env.register(replica.port)
            await until(env.settled, "the initial state")
            await asyncio.to_thread(env.begin_rotation)
            await until(env.settled, "rotated")
            await until(lambda: replica.metric("bundle_in_sync", configuration=name) == 1, "the metric knows")
            state = decode(env.data())
            health = replica.manager.health()

    gauges = ("leaf_not_after", "ca_not_after", "last_rotation")
    assert [replica.metric(f"{name}_timestamp_seconds") for name in gauges] == [
        state.pair.leaf.not_valid_after_utc.timestamp(),
        state.authority.certificate.not_valid_after_utc.timestamp(),
        state.rotated.timestamp(),
    ]
    assert replica.metric("bundle_in_sync", configuration=name) == 1
    assert replica.metric("trusted_authorities") == 2
    assert replica.metric("actions_total", action="promote") == 1
    assert (health.ready, replica.metric("ready")) == (True, 1)
    actions = [each["action"] for each in logs if "action" in each]
    assert actions[:2] == ["create", "serve"]
    assert actions[-5:] == ["inject", "publish", "promote", "serve", "inject"]
    assert all(each["reason"] for each in logs)
    assert "PRIVATE KEY" not in str(logs)
