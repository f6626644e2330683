"""The way to the API server: by a proxy where the environment names one, else straight, without threads."""

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

from arkrun_webhook.apiserver import ApiServer, connect
from builders_webhook import team_document

PATH = "/apis/arkonis.dev/v1alpha1/namespaces/ns/arkteams/blog"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of the machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def listening(asked: list[str]) -> AsyncIterator[str]:
    """Answer each GET with a team, as the API server or as a proxy; gives the URL."""

    async def answer(request: web.Request) -> web.Response:
        asked.append(f"{request.host} {request.path}")
        return web.Response(body=msgspec.json.encode(team_document()))

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str) -> None:
    """Name an API server in a kubeconfig."""
    config = {
        "clusters": [{"name": "one", "cluster": {"server": url}}],
        "users": [{"name": "one", "user": {}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
        "current-context": "one",
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))  # was read at the import


async def test_a_proxy_that_the_environment_names_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A cluster that is reached by a proxy alone is reached."""
    asked: list[str] = []
    use(monkeypatch, tmp_path, "http://api.invalid")
    async with listening(asked) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        async with await connect() as client:
            found = await ApiServer(client).team("ns", "blog", monotonic() + 5)

    assert found.metadata.name == "blog"
    assert asked == [f"api.invalid {PATH}"]


async def test_without_a_proxy_a_look_up_takes_no_thread(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A thread costs three times what the request does, so none is asked where there is nothing to find."""
    asked: list[str] = []
    async with listening(asked) as url:
        use(monkeypatch, tmp_path, url)
        before = threading.active_count()
        async with await connect() as client:
            await ApiServer(client).team("ns", "blog", monotonic() + 5)
            assert threading.active_count() == before

    assert asked == [f"{url.removeprefix('http://')} {PATH}"]
