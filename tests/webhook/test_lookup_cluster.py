"""The look-up on a real API server: without rights, without CRDs, without an answer, and again."""

import asyncio
import datetime
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest
import yaml
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import incluster_config, load_kube_config

from arkrun_webhook.errors import Refused
from arkrun_webhook.teams.api_server import ApiServer, connect
from attack.arena import committed_crds
from builders_webhook import team_document
from controlplane import ControlPlane

pytestmark = pytest.mark.cluster

UNREADABLE = 'ArkTeam "blog" in namespace "default" is not readable for arkrun-webhook: '


@pytest.fixture(scope="module")
def plain() -> Iterator[ControlPlane]:
    """Start a control plane of our own, without CRDs: it is to be stopped."""
    with ControlPlane() as control_plane:
        yield control_plane


@asynccontextmanager
async def asking(kubeconfig: Path) -> AsyncIterator[ApiServer]:
    """Ask as the user of a kubeconfig."""
    configuration = Configuration()
    await load_kube_config(str(kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]
    async with ApiClient(configuration) as client:
        yield ApiServer(client)


async def refusal(api_server: ApiServer, seconds: float = 5) -> str:
    """Look a team up in vain."""
    with pytest.raises(Refused) as refused:
        await api_server.team("default", "blog", monotonic() + seconds)
    return refused.value.message


async def test_each_reason_has_its_own_refusal(plain: ControlPlane) -> None:
    """Who is refused learns what is missing: the API, the team, the rights, the credentials or an answer."""
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


async def test_a_server_that_is_silent_is_told_from_one_that_is_away() -> None:
    """A connection that is taken and never answered ends with the call's own time."""
    configuration = Configuration()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configuration.host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with ApiClient(configuration) as client:
            assert await refusal(ApiServer(client), 0.5) == (
                'the API server did not answer when arkrun-webhook asked for ArkTeam "blog" in namespace '
                '"default" (no answer in time): try again'
            )


class Clock:
    """The time as the Kubernetes client sees it, which reads its token again every minute."""

    timedelta = datetime.timedelta

    def __init__(self) -> None:
        self.later = datetime.timedelta()
        self.datetime = self

    def now(self) -> datetime.datetime:
        """Give the time that a test wants."""
        return datetime.datetime.now() + self.later  # noqa: DTZ005  # as the client does


async def test_a_token_that_is_renewed_on_disk_is_used(
    plain: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pod the kubelet renews the token's file; the look-up outlives the token that it began with."""
    clock, token = Clock(), tmp_path / "token"
    place = urlsplit(plain.url)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(place.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(place.port))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(plain.ca_file))
    monkeypatch.setattr(incluster_config, "datetime", clock)
    plain.kubectl("create", "serviceaccount", "looker")
    token.write_text(bound_token(plain, "first"))
    async with await connect() as client:
        api_server = ApiServer(client)
        assert "grant its ServiceAccount" in await refusal(api_server)
        plain.kubectl("delete", "secret", "first")
        while "grant its ServiceAccount" in (said := await refusal(api_server)):  # noqa: ASYNC110
            await asyncio.sleep(0.5)  # the API server remembers a token for ten seconds
        assert "its credentials are not accepted" in said
        token.write_text(bound_token(plain, "second"))
        clock.later = datetime.timedelta(minutes=2)

        assert "grant its ServiceAccount" in await refusal(api_server)


def bound_token(control_plane: ControlPlane, secret: str) -> str:
    """Issue a token that lives as long as a Secret does."""
    control_plane.kubectl("create", "secret", "generic", secret)
    bound = ("--bound-object-kind=Secret", f"--bound-object-name={secret}")
    return control_plane.kubectl("create", "token", "looker", *bound).stdout.strip()
