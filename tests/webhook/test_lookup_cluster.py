"""The look-up on a real API server: without rights, without CRDs, without an answer, and again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
import yaml
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import load_kube_config

from arkrun_webhook.apiserver import ApiServer
from arkrun_webhook.errors import Refused
from arkrun_webhook.review import UserInfo, raw
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
        plain.kubectl("wait", "--for=condition=Established", "crd/arkteams.arkonis.dev")
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


async def test_the_verb_restore_is_asked_for_with_the_user_s_groups(plain: ControlPlane) -> None:
    """RBAC decides who may restore, by user and by group."""
    plain.kubectl("create", "clusterrole", "restorer", "--verb=restore", "--resource=arkruns.arkonis.dev")
    plain.kubectl("create", "clusterrolebinding", "restorer", "--clusterrole=restorer", "--group=backup")
    async with asking(plain.kubeconfig) as admin:
        backup = UserInfo("velero", groups=raw(["backup"]))
        someone = UserInfo("alice", groups=raw(["dev"]))

        assert await admin.may_restore("default", backup, monotonic() + 5) is True
        assert await admin.may_restore("default", someone, monotonic() + 5) is False
