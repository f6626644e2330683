"""Short runs of `make soak-webhook` and `make soak-memory`."""

from collections.abc import Iterator

import pytest

from attack.arena import Arena, arena
from soak.webhook.memory import ALLOWED_MB, soak
from soak.webhook.snapshots import Soak

pytestmark = [pytest.mark.slow, pytest.mark.cluster]


@pytest.fixture(scope="module")
def attacked() -> Iterator[Arena]:
    """Start a separate control plane, whose webhook logs only errors."""
    with arena(copies=1, values={"webhook.logLevel": "error"}) as running:
        yield running


def test_every_snapshot_is_the_spec_of_its_generation(attacked: Arena) -> None:
    """The team is edited continuously while runs are created."""
    soaked = Soak(attacked.control_plane.api, attacked.namespace, seed=1)
    soaked.run(seconds=5, rate=20)
    history = soaked.history

    assert history.unexpected == []
    assert history.outcomes["created"] + history.outcomes["team changed meanwhile"] == 100
    assert history.outcomes["created"] > 10
    assert len(history.specs) > 10
    assert soaked.wrong_runs() == []


def test_memory_does_not_grow_over_many_requests(attacked: Arena) -> None:
    """The calls are of every kind, with new names in each."""
    memory, statuses = soak(attacked, 4000, seed=1)

    assert statuses.total() == 4000
    assert statuses.keys() == {200, 400, 404, 415}
    assert memory[-1] - memory[1] < ALLOWED_MB
