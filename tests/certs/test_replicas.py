"""Several replicas, no leader, one Secret, on the real API server."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from arkrun_certs import state as states
from certs_stage import Stage
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
