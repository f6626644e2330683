"""Leader election by a Lease on the real API server, with a clock of the test."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from arkrun_kube import ApiError, Client, connect
from arkrun_kube.lease import Lease
from controlplane import ControlPlane

pytestmark = pytest.mark.cluster


class Monotonic:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now


@pytest.fixture
async def client(control_plane: ControlPlane) -> AsyncIterator[Client]:
    """Connect as admin."""
    async with connect(kubeconfig=str(control_plane.kubeconfig)) as opened:
        yield opened


@pytest.fixture
def time() -> Monotonic:
    """Return the clock that both candidates share."""
    return Monotonic()


def candidate(client: Client, namespace: str, time: Monotonic, identity: str) -> Lease:
    """Build a candidate for a Lease of 15 s."""
    return Lease(client, namespace, "history", identity=identity, monotonic=time)


async def test_a_leader_stops_before_the_next_one_starts(
    client: Client, namespace: str, time: Monotonic
) -> None:
    """It stops after 10 s without renewal; the other waits for 15 s in which nothing was renewed."""
    one, other = (candidate(client, namespace, time, name) for name in ("one", "other"))
    assert await one.try_acquire()
    assert not await other.try_acquire()
    assert (one.left, other.left) == (10.0, 0.0)

    time.now += 10
    assert one.left == 0
    assert not await other.try_acquire()
    time.now += 5

    assert await other.try_acquire()
    assert not await one.try_acquire()
    assert (one.left, other.left) == (0.0, 10.0)


async def test_a_renewal_extends_the_lease(client: Client, namespace: str, time: Monotonic) -> None:
    """While the record changes nobody takes over, whatever times it contains."""
    one, other = (candidate(client, namespace, time, name) for name in ("one", "other"))
    for _ in range(5):
        assert await one.try_acquire()
        assert not await other.try_acquire()
        time.now += 9


async def test_a_released_lease_is_available_immediately(
    client: Client, namespace: str, time: Monotonic, control_plane: ControlPlane
) -> None:
    """Each transition is counted, and other labels are preserved."""
    one, other = (candidate(client, namespace, time, name) for name in ("one", "other"))
    assert await one.try_acquire()
    control_plane.kubectl("label", "lease/history", "-n", namespace, "kept=yes")

    await one.release()

    assert one.left == 0
    assert await other.try_acquire()
    shown = control_plane.kubectl(
        "get",
        "lease/history",
        "-n",
        namespace,
        "-o=jsonpath={.spec.holderIdentity} {.spec.leaseTransitions} {.metadata.labels.kept}",
    )
    assert shown.stdout == "other 2 yes"


async def test_leadership_ends_when_the_api_server_refuses_renewals(
    control_plane: ControlPlane, namespace: str, time: Monotonic
) -> None:
    """The leader continues until the lease expires."""
    failures: list[int] = []
    role = ("-n", namespace, "--verb=get,create,patch", "--resource=leases.coordination.k8s.io")
    control_plane.kubectl("create", "role", "leases", *role)
    control_plane.kubectl("create", "rolebinding", "leases", "-n", namespace, "--role=leases", "--user=one")
    async with connect(kubeconfig=str(control_plane.user_kubeconfig("one"))) as limited:
        leader = Lease(
            limited,
            namespace,
            "history",
            identity="one",
            monotonic=time,
            on_failure=lambda error: failures.append(error.status),
        )
        while not await leader.try_acquire():  # noqa: ASYNC110 - the API server learns of roles by a watch
            await asyncio.sleep(0.1)
        failures.clear()
        control_plane.kubectl("delete", "rolebinding", "leases", "-n", namespace)
        while not failures:
            assert await leader.try_acquire()
        left = leader.left
        time.now += 4

        assert await leader.try_acquire()
        assert leader.left == left - 4
        time.now += left
        assert not await leader.try_acquire()
        assert set(failures) == {403}


async def test_a_forbidden_lease_is_an_error(control_plane: ControlPlane, namespace: str) -> None:
    """A single pass does not retry."""
    async with connect(kubeconfig=str(control_plane.user_kubeconfig("nobody"))) as stranger:
        lease = Lease(stranger, namespace, "history", identity="nobody")
        with pytest.raises(ApiError) as raised:
            await lease.acquire(retry_refusals=False)

    assert (raised.value.status, raised.value.reason) == (403, "Forbidden")


async def test_a_lease_held_by_another_ends_leadership(
    client: Client, namespace: str, time: Monotonic, control_plane: ControlPlane
) -> None:
    """The leader stops immediately."""
    one = candidate(client, namespace, time, "one")
    assert await one.try_acquire()
    patch = '{"spec": {"holderIdentity": "other"}}'
    control_plane.kubectl("patch", "lease/history", "-n", namespace, "--type=merge", "-p", patch)

    assert not await one.try_acquire()

    assert one.left == 0
