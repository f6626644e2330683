"""One of several works, by a Lease on the real API server; time is the test's."""

from collections.abc import AsyncIterator

import pytest

from arkrun_history.api import Api
from arkrun_history.clock import ServerClock
from arkrun_history.lease import Lease
from controlplane import ControlPlane
from replica import connect

pytestmark = pytest.mark.cluster


class Monotonic:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
async def api(control_plane: ControlPlane) -> AsyncIterator[Api]:
    """Connect as admin."""
    async with await connect(control_plane.kubeconfig) as client:
        yield Api(client, ServerClock())


@pytest.fixture
def time() -> Monotonic:
    """Give the time of both candidates."""
    return Monotonic()


def candidate(api: Api, namespace: str, time: Monotonic, identity: str) -> Lease:
    """Make a candidate for a Lease of 15 s."""
    return Lease(api, namespace, "history", identity=identity, monotonic=time)


async def test_the_first_leads_and_stops_before_the_other_begins(
    api: Api, namespace: str, time: Monotonic
) -> None:
    """It stops after 10 s without renewal; the other waits for 15 s in which nothing was renewed."""
    one, other = (candidate(api, namespace, time, name) for name in ("one", "other"))
    assert await one._try()
    assert not await other._try()
    assert (one.left, other.left) == (10.0, 0.0)

    time.now += 10
    assert one.left == 0
    assert not await other._try()
    time.now += 5

    assert await other._try()
    assert not await one._try()
    assert (one.left, other.left) == (0.0, 10.0)


async def test_a_renewal_begins_the_time_anew(api: Api, namespace: str, time: Monotonic) -> None:
    """As long as the record changes, nobody takes over, whatever the clocks in it say."""
    one, other = (candidate(api, namespace, time, name) for name in ("one", "other"))
    for _ in range(5):
        assert await one._try()
        assert not await other._try()
        time.now += 9


async def test_a_released_lease_is_free_at_once(
    api: Api, namespace: str, time: Monotonic, control_plane: ControlPlane
) -> None:
    """Each change of hands is counted, and labels of others stay."""
    one, other = (candidate(api, namespace, time, name) for name in ("one", "other"))
    assert await one._try()
    control_plane.kubectl("label", "lease/history", "-n", namespace, "kept=yes")

    await one.release()

    assert one.left == 0
    assert await other._try()
    shown = control_plane.kubectl(
        "get",
        "lease/history",
        "-n",
        namespace,
        "-o=jsonpath={.spec.holderIdentity} {.spec.leaseTransitions} {.metadata.labels.kept}",
    )
    assert shown.stdout == "other 2 yes"


async def test_an_api_server_that_is_away_ends_our_term(api: Api, namespace: str, time: Monotonic) -> None:
    """A renewal that is refused leaves what is left; then it is over."""
    one = candidate(api, namespace, time, "one")
    assert await one._try()
    one._collection = one._collection.replace(namespace, "no/such")
    time.now += 4

    assert await one._try()
    assert one.left == 6.0
    time.now += 6
    assert not await one._try()


async def test_taking_over_is_noticed(api: Api, namespace: str, time: Monotonic) -> None:
    """Somebody else wrote himself in: we stop at once."""
    one, other = (candidate(api, namespace, time, name) for name in ("one", "other"))
    assert await one._try()
    lease = await other._read()
    await other._write(lease, holder="other")

    assert not await one._try()

    assert one.left == 0
