"""The way to the API server: by a proxy where there is one to be used, else straight, without threads."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import msgspec
import pytest
import yaml
from aiohttp import web
from kubernetes.aio.config import kube_config

from arkrun_webhook.teams.api_server import ApiServer, connect
from builders_webhook import team_document
from loopback import listening

PATH = "/apis/arkonis.dev/v1alpha1/namespaces/ns/arkteams/blog"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the machine, and that it may be a pod."""
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("KUBERNETES_SERVICE_HOST", "KUBECONFIG", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def answering(asked: list[str]) -> AsyncIterator[str]:
    """Answer each request with a team, as the API server or as a proxy; gives the URL."""

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.host} {request.path} {request.headers.get('Proxy-Authorization')}")
        return web.Response(body=msgspec.json.encode(team_document()))

    async with listening(answer) as url:
        yield url


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str, **cluster: str) -> None:
    """Name an API server in a kubeconfig."""
    config = {
        "clusters": [{"name": "one", "cluster": {"server": url, **cluster}}],
        "users": [{"name": "one", "user": {}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "current-context": "one",
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))  # was read at the import


async def look_up() -> None:
    """Look a team up by the client that the webhook makes."""
    async with await connect() as client:
        assert (await ApiServer(client).team("ns", "blog", monotonic() + 5)).metadata.name == "blog"


async def test_a_proxy_that_the_environment_names_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A cluster that is reached by a proxy alone is reached, with credentials and without a scheme."""
    asked: list[str] = []
    use(monkeypatch, tmp_path, "http://api.invalid")
    async with answering(asked) as proxy:
        for named in (proxy.replace("//", "//me:secret@"), proxy.removeprefix("http://")):
            monkeypatch.setenv("HTTP_PROXY", named)
            await look_up()

    assert asked == [f"api.invalid {PATH} Basic bWU6c2VjcmV0", f"api.invalid {PATH} None"]


async def test_the_proxy_of_the_kubeconfig_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is said of this cluster counts more than what is said of all."""
    asked: list[str] = []
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    async with answering(asked) as proxy:
        use(monkeypatch, tmp_path, "http://api.invalid", **{"proxy-url": proxy})
        await look_up()

    assert asked == [f"api.invalid {PATH} None"]


async def test_a_server_that_needs_no_proxy_is_asked_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """NO_PROXY is heeded, with and without a port."""
    asked: list[str] = []
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid")
    async with answering(asked) as url:
        host = url.removeprefix("http://")
        use(monkeypatch, tmp_path, url)
        for spared in ("127.0.0.1", host):
            monkeypatch.setenv("NO_PROXY", f"example.com,{spared}")
            await look_up()

    assert asked == [f"{host} {PATH} None"] * 2


async def test_a_look_up_takes_no_thread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A thread costs three times what the request does, so none is asked for what does not change."""
    asked: list[str] = []
    monkeypatch.setenv("NO_PROXY", "example.com")
    async with answering(asked) as url:
        use(monkeypatch, tmp_path, url)
        before = threading.active_count()
        await look_up()

        assert threading.active_count() == before
    assert asked == [f"{url.removeprefix('http://')} {PATH} None"]
