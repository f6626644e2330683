"""What we ask of the API server, and how its answers and silences are told apart."""

from __future__ import annotations

import asyncio
import os
from time import monotonic
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import load_incluster_config, load_kube_config

from arkrun_crd.names import GROUP, TEAM_PLURAL, VERSION
from arkrun_webhook.compare.raw_json import BAD_JSON
from arkrun_webhook.errors import Refused, TeamNotFound, TeamNotReadable, TeamUnanswered
from arkrun_webhook.teams.team import Team, parse_team

# One try may take at most this share of the time that is left, so that another can follow it when
# a server that has just gone away never answers on a connection that still looks open.
TRY_SHARE = 0.5
PAUSE_SECONDS = 0.05

_JSON = {"Accept": "application/json"}


class _NoAnswerError(Exception):
    """The last problem of a question that was asked until its time was over."""


async def connect() -> ApiClient:
    """Open a client: by the service account inside a pod, else by KUBECONFIG; by a proxy where one is named.

    Raises kubernetes.aio.config.ConfigException when neither is there.
    """
    configuration = Configuration(client_session_kwargs={"trust_env": False})
    if os.environ.get("KUBERNETES_SERVICE_HOST") and not os.environ.get("KUBECONFIG"):
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    else:
        await load_kube_config(client_configuration=configuration, persist_config=False)  # type: ignore[no-untyped-call]
    configuration.proxy = configuration.proxy or _proxy(urlsplit(configuration.host))
    return ApiClient(configuration)


def _proxy(server: SplitResult) -> str | None:
    """Read which proxy the environment names for a server; one without a scheme is one of http, as for Go.

    aiohttp would read it too, and .netrc, but for each request and from another thread, which costs three
    times what the request does.
    """
    proxy = getproxies_environment().get(server.scheme)
    if not proxy or proxy_bypass(server.netloc):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


class ApiServer:
    """The one question of the webhook; every answer is fresh."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def team(self, namespace: str, name: str, deadline: float) -> Team:
        """Read an ArkTeam by quorum; tries again until `deadline` (of time.monotonic()).

        Raises `TeamNotFound`, `TeamNotReadable`, `TeamUnanswered`.
        """
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace)}/{TEAM_PLURAL}/{quote(name)}"
        try:
            status, body = await self._answer(path, deadline)
        except _NoAnswerError as error:
            raise TeamUnanswered(namespace, name, str(error)) from None
        return read_team(namespace, name, status, body)

    async def _answer(self, path: str, deadline: float) -> tuple[int, bytes]:
        """Ask until the API server is able to answer; raises `_NoAnswerError` when `deadline` is reached."""
        problem = "out of time"
        while (left := deadline - monotonic()) > 0:
            try:
                status, answer = await self._call(path, left * TRY_SHARE)
            except (aiohttp.ClientError, OSError) as error:
                problem = _said(error)
            else:
                if status != 429 and status < 500:  # noqa: PLR2004
                    return status, answer
                problem = f"HTTP {status}"
            await asyncio.sleep(PAUSE_SECONDS)
        raise _NoAnswerError(problem)

    async def _call(self, path: str, seconds: float) -> tuple[int, bytes]:
        """Send one GET request; raises aiohttp.ClientError or OSError, of which a time-out is one."""
        request = await self._client.param_serialize(
            "GET", path, header_params=dict(_JSON), auth_settings=["BearerToken"]
        )
        limit = aiohttp.ClientTimeout(total=seconds)
        response = await self._client.call_api(*request, _request_timeout=limit)
        return response.status, await response.read()  # type: ignore[no-untyped-call]


def read_team(namespace: str, name: str, status: int, body: bytes) -> Team:
    """Read the team of an answer; raises `TeamNotFound` or `TeamNotReadable` where there is none in it."""
    if status == 200:  # noqa: PLR2004
        try:
            return parse_team(body)
        except BAD_JSON as error:
            raise TeamNotReadable(namespace, name, f"its spec is malformed: {error}") from error
    raise unreadable(namespace, name, status, body)


def unreadable(namespace: str, name: str, status: int, body: bytes) -> Refused:
    """Tell by the API server's answer why there is no team."""
    resource = f"{TEAM_PLURAL}.{GROUP}"
    if status == 404 and b'"NotFound"' in body:  # noqa: PLR2004
        return TeamNotFound(namespace, name)
    problem = {
        401: "its credentials are not accepted; check its ServiceAccount token or KUBECONFIG",
        403: f'grant its ServiceAccount the verb "get" on {resource}',
        404: f"the API server does not know {resource}; install the ArkTeam CustomResourceDefinition",
    }.get(status, f"the API server answered HTTP {status}")
    return TeamNotReadable(namespace, name, problem)


def _said(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
