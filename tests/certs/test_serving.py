"""What clients, people and monitoring see of a roll, on the real API server and in uvicorn."""

import asyncio
import http.client
import json
import ssl

import pytest
from structlog.testing import capture_logs

from arkrun_certs.rotation.state import decode
from builders_certs import HOST
from certs_stage import Stage, until
from replica import Replica

pytestmark = pytest.mark.cluster

REVIEW = json.dumps({"request": {"uid": "1"}}).encode()


def ask(connection: http.client.HTTPSConnection) -> int:
    """Send a review on a connection that stays open."""
    connection.request("POST", "/", REVIEW)
    answer = connection.getresponse()
    answer.read()
    return answer.status


async def test_an_open_connection_outlives_a_roll_and_the_next_one_gets_the_new_leaf(stage: Stage) -> None:
    """The API server keeps its connections for minutes: what they were opened with does not matter."""
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
        stage.register(replica.port)
        await until(stage.settled, "the beginning")
        context = ssl.create_default_context(cadata=decode(stage.data()).bundle.decode())
        connection = http.client.HTTPSConnection(HOST, replica.port, context=context)
        before = await asyncio.to_thread(ask, connection)
        socket = connection.sock
        await asyncio.to_thread(stage.begin_rotation)
        await until(stage.settled, "rolled")
        after = await asyncio.to_thread(ask, connection)
        same = connection.sock is socket
        connection.close()
        renewed = await asyncio.to_thread(stage.serves, replica.port, stage.data()["tls.crt"])

    assert (before, after) == (200, 200)
    assert same
    assert renewed


async def test_metrics_and_log_tell_of_a_roll(stage: Stage) -> None:
    """Every step is counted and logged with a reason; the gauges are those of the new CA; no key is shown."""
    name = f'ValidatingWebhookConfiguration "{stage.name}"'
    with capture_logs() as logs:
        async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
            stage.register(replica.port)
            await until(stage.settled, "the beginning")
            await asyncio.to_thread(stage.begin_rotation)
            await until(stage.settled, "rolled")
            await until(lambda: replica.metric("bundle_in_sync", configuration=name) == 1, "the metric knows")
            state = decode(stage.data())
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
