"""Look-ups on a real API server: without permissions, CRDs or an answer."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
import yaml

from arkrun_kube import Client, connect
from arkrun_webhook.errors import Refused
from arkrun_webhook.teams.api_server import ApiServer
from attack.arena import committed_crds
from controlplane import ControlPlane
from support.builders.kubeconfigs import target
from support.builders.reviews import team_document

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

UNREADABLE = 'ArkTeam "blog" in namespace "default" is not readable for arkrun-webhook: '


@pytest.fixture(scope="module")
def plain() -> Iterator[ControlPlane]:
    """Start a control plane of our own, without CRDs: it is to be stopped."""
    with ControlPlane() as control_plane:
        yield control_plane


@asynccontextmanager
async def asking(kubeconfig: Path) -> AsyncIterator[ApiServer]:
    """Look teams up as the user of a kubeconfig."""
    async with connect(kubeconfig=str(kubeconfig)) as client:
        yield ApiServer(client)


async def refusal(api_server: ApiServer, seconds: float = 5) -> str:
    """Return the error of a look-up that fails."""
    with pytest.raises(Refused) as refused:
        await api_server.team("default", "blog", monotonic() + seconds)
    return refused.value.message


async def test_each_reason_has_its_own_refusal(plain: ControlPlane) -> None:
    """Reasons are a missing API, team, permission, credential or answer."""
    async with asking(plain.kubeconfig) as admin:
        assert await refusal(admin) == UNREADABLE + (
            "the API server does not know arkteams.arkonis.dev; install the ArkTeam CustomResourceDefinition"
        )
        plain.kubectl("apply", "--server-side", "-f", "-", input=yaml.safe_dump_all(committed_crds()))
        plain.wait_for_crds("crd/arkteams.arkonis.dev")
        assert await refusal(admin) == (
            'ArkTeam "blog" does not exist in namespace "default": create it first, or correct spec.teamRef'
        )

        async with asking(plain.user_kubeconfig("nobody")) as nobody:
            assert await refusal(nobody) == UNREADABLE + (
                'grant its ServiceAccount the verb "get" on arkteams.arkonis.dev'
            )
        async with asking(plain.token_kubeconfig("expired", "no-such-token")) as expired:
            assert await refusal(expired) == UNREADABLE + (
                "its credentials are not accepted; check its ServiceAccount token or KUBECONFIG"
            )

        document = team_document()
        document["metadata"] = {"name": "blog"}
        plain.kubectl("apply", "-n", "default", "-f", "-", input=yaml.safe_dump(document))
        assert (await admin.team("default", "blog", monotonic() + 5)).metadata.generation == 1

        plain.stop_apiserver()
        silence = await refusal(admin, 0.5)
        plain.start_apiserver()
        found = await admin.team("default", "blog", monotonic() + 5)

    said = (
        'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" in namespace "default" ('
    )
    assert silence.startswith(said)
    assert found.metadata.name == "blog"


async def test_a_silent_api_server_is_distinguished_from_an_unreachable_one() -> None:
    """A connection without an answer ends with the deadline of the request."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with Client(target(f"http://127.0.0.1:{silent.getsockname()[1]}")) as client:
            assert await refusal(ApiServer(client), 0.5) == (
                'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" in namespace '
                '"default" (no answer in time): try again'
            )
