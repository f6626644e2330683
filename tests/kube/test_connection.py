"""Requests and responses: credentials, impersonation, TLS, errors."""

import json
import ssl
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from arkrun_kube import (
    ApiError,
    Client,
    ConfigError,
    ConflictError,
    ExpiredError,
    KubeError,
    MalformedError,
    Object,
    UnansweredError,
    UnknownKindError,
    connect,
)
from arkrun_kube.config import incluster
from support.builders.kubeconfigs import document, target, write
from support.http_server import listening

PATH = "/api/v1/namespaces/ns"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def authority() -> trustme.CA:
    """Create a CA."""
    return trustme.CA()


@asynccontextmanager
async def serving(
    authority: trustme.CA, answer: Answer, *, name: str = "127.0.0.1", demand: bool = False
) -> AsyncIterator[str]:
    """Serve with a certificate for `name`; `demand` one of the client."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(tls)
    if demand:
        tls.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(tls)
    async with listening(answer, tls=tls) as url:
        yield url


def cluster(folder: Path, authority: trustme.CA, **more: Any) -> Any:
    """Trust the CA by a path relative to the kubeconfig."""
    (folder / "ca.crt").write_bytes(authority.cert_pem.bytes())
    return {"certificate-authority": "ca.crt", **more}


def hearing(heard: list[Any], *names: str) -> Answer:
    """Answer {}, and note these headers of each request."""

    async def answer(request: web.Request) -> web.Response:
        heard.append([request.headers.get(name) for name in names])
        return web.Response(body=b"{}")

    return answer


async def ask(folder: Path, content: Any, times: int = 1) -> None:
    """Send requests by a client of this kubeconfig."""
    async with connect(kubeconfig=str(write(folder / "config", content)), timeout=5) as client:
        for _ in range(times):
            await client.get(PATH)


@pytest.mark.parametrize(
    ("user", "authorization"),
    [
        ({"token": "t"}, "Bearer t"),
        ({"username": "me", "password": "p:ö"}, "Basic bWU6cDrDtg=="),
        ({"tokenFile": "token"}, "Bearer from-file"),
        ({"token": "t", "tokenFile": "token"}, "Bearer from-file"),
    ],
)
async def test_each_credential_is_sent(
    tmp_path: Path, authority: trustme.CA, user: Any, authorization: str
) -> None:
    """As kubectl sends it."""
    heard: list[Any] = []
    (tmp_path / "token").write_text("from-file\n")
    async with serving(authority, hearing(heard, "Authorization")) as url:
        await ask(tmp_path, document(url, user=user, cluster=cluster(tmp_path, authority)))

    assert heard == [[authorization]]


async def test_no_credential_is_sent_without_tls(tmp_path: Path) -> None:
    """It would be readable in transit. Impersonation headers are no secret."""
    heard: list[Any] = []
    async with listening(hearing(heard, "Authorization", "Impersonate-User")) as url:
        await ask(tmp_path, document(url, user={"token": "t", "as": "alice"}))

    assert heard == [[None, "alice"]]


async def test_impersonation_sends_user_groups_uid_and_extra(tmp_path: Path, authority: trustme.CA) -> None:
    """Characters that are invalid in headers are escaped."""
    heard: list[list[tuple[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append([(k, v) for k, v in request.headers.items() if k.startswith("Impersonate-")])
        return web.Response(body=b"{}")

    user = {
        "token": "t",
        "as": "jürgen",
        "as-uid": "42",
        "as-groups": ["a", "b"],
        "as-user-extra": {"example.com/scope": ["x", "y"]},
    }
    async with serving(authority, answer) as url:
        await ask(tmp_path, document(url, user=user, cluster=cluster(tmp_path, authority)))

    assert heard == [
        [
            ("Impersonate-User", "jürgen"),
            ("Impersonate-Uid", "42"),
            ("Impersonate-Group", "a"),
            ("Impersonate-Group", "b"),
            ("Impersonate-Extra-example.com%2Fscope", "x"),
            ("Impersonate-Extra-example.com%2Fscope", "y"),
        ]
    ]


async def test_a_renewed_token_file_is_read_again(tmp_path: Path, authority: trustme.CA) -> None:
    """The next request reads it; if it is empty or missing, nothing is sent."""
    heard: list[Any] = []
    token = tmp_path / "token"
    token.write_text("first")
    async with serving(authority, hearing(heard, "Authorization")) as url:
        content = document(url, user={"tokenFile": "token"}, cluster=cluster(tmp_path, authority))
        file = write(tmp_path / "config", content)
        async with connect(kubeconfig=str(file)) as client:
            await client.get(PATH)
            token.write_text("second")
            await client.get(PATH)
            said = []
            for spoil in (lambda: token.write_text("\n"), token.unlink):
                spoil()
                with pytest.raises(ConfigError) as raised:
                    await client.get(PATH)
                said.append(str(raised.value))

    whose = f'the token of user "u" in kubeconfig "{file}"'
    assert said == [
        f'{whose} is missing: "{token}" is empty',
        f'{whose} cannot be read: "{token}": No such file or directory',
    ]
    assert heard == [["Bearer first"], ["Bearer second"]]


async def test_a_rejected_token_runs_the_plugin_again(tmp_path: Path, authority: trustme.CA) -> None:
    """The request is repeated with the new token, and only once."""
    heard: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(request.headers["Authorization"])
        return web.Response(status=200 if heard[-1] == "Bearer t2" else 401, body=b"{}")

    code = (
        "runs = here / 'runs'\n"
        "count = len(runs.read_text()) + 1 if runs.exists() else 1\n"
        "runs.write_text('x' * count)\n"
        "status = {'token': f't{count}'}\n"
    )
    user = exec_user(tmp_path, code)
    async with serving(authority, answer) as url:
        await ask(tmp_path, document(url, user=user, cluster=cluster(tmp_path, authority)), times=2)
        (tmp_path / "runs").write_text("xxxxx")
        with pytest.raises(ApiError) as raised:
            await ask(tmp_path, document(url, user=user, cluster=cluster(tmp_path, authority)))

    assert raised.value.status == 401
    assert heard == ["Bearer t1", "Bearer t2", "Bearer t2", "Bearer t6", "Bearer t7"]


def exec_user(folder: Path, code: str) -> Any:
    """Write a plugin that prints the ExecCredential of `status`, as its code sets it."""
    file = folder / "plugin"
    version = "client.authentication.k8s.io/v1"
    begin = f"#!{sys.executable}\nimport json, pathlib\nhere = pathlib.Path(__file__).parent\n"
    printed = f'{{"apiVersion": {version!r}, "kind": "ExecCredential", "status": status}}'
    file.write_text(f"{begin}{code}print(json.dumps({printed}))\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": version, "command": "./plugin", "interactiveMode": "Never"}}


@pytest.mark.parametrize("source", ["files", "plugin"])
async def test_a_client_certificate_is_presented(tmp_path: Path, authority: trustme.CA, source: str) -> None:
    """It comes from files beside the kubeconfig or from an exec plugin."""
    names: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        names.append(request.transport.get_extra_info("peercert")["subjectAltName"])
        return web.Response(body=b"{}")

    pair = authority.issue_cert("me.example")
    chain, key = pair.cert_chain_pems[0].bytes(), pair.private_key_pem.bytes()
    (tmp_path / "tls.crt").write_bytes(chain)
    (tmp_path / "tls.key").write_bytes(key)
    status = {"clientCertificateData": chain.decode(), "clientKeyData": key.decode()}
    users = {
        "files": {"client-certificate": "tls.crt", "client-key": "tls.key"},
        "plugin": exec_user(tmp_path, f"status = {status!r}\n"),
    }
    async with serving(authority, answer, demand=True) as url:
        await ask(tmp_path, document(url, user=users[source], cluster=cluster(tmp_path, authority)))

    assert names == [(("DNS", "me.example"),)]


async def test_an_unusable_client_certificate_is_named(tmp_path: Path, authority: trustme.CA) -> None:
    """The key belongs to another certificate, or files have other content."""
    one, other = authority.issue_cert("a"), authority.issue_cert("b")
    (tmp_path / "tls.crt").write_bytes(one.cert_chain_pems[0].bytes())
    user = {"client-certificate": "tls.crt", "client-key": "tls.key"}
    said = []
    for key in (other.private_key_pem.bytes(), b"no key"):
        (tmp_path / "tls.key").write_bytes(key)
        with pytest.raises(ConfigError) as raised:
            await ask(tmp_path, document(user=user, cluster=cluster(tmp_path, authority)))
        said.append(str(raised.value).partition(" (")[0])

    assert (
        said
        == [
            (
                f'the client certificate and key for cluster "c" in kubeconfig "{tmp_path}/config" '
                "do not load: expected a PEM pair that belongs together, without a password"
            )
        ]
        * 2
    )


async def test_an_invalid_certificate_authority_is_named(tmp_path: Path) -> None:
    """No request is sent."""
    (tmp_path / "ca.crt").write_text("no certificate")
    with pytest.raises(ConfigError) as raised:
        await ask(tmp_path, document(cluster={"certificate-authority": "ca.crt"}))

    assert str(raised.value).partition(" (")[0] == (
        f'certificate-authority of cluster "c" in kubeconfig "{tmp_path}/config" holds no certificate: '
        "expected PEM"
    )


async def test_the_server_certificate_is_verified_with_tls_server_name(
    tmp_path: Path, authority: trustme.CA
) -> None:
    """tls-server-name is for servers that are reached by another name, such as a tunnel's end."""
    heard: list[Any] = []
    async with serving(authority, hearing(heard), name="api.internal") as url:
        for more, said in (
            ({"tls-server-name": "api.internal"}, None),
            ({}, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
            ({"tls-server-name": "other"}, "Hostname mismatch, certificate is not valid for 'other'"),
        ):
            content = document(url, cluster=cluster(tmp_path, authority, **more))
            if said is None:
                await ask(tmp_path, content)
                continue
            with pytest.raises(UnansweredError) as raised:
                await ask(tmp_path, content)
            assert said in raised.value.message

    assert heard == [[]]


async def test_verification_is_skipped_only_for_an_insecure_cluster(
    tmp_path: Path, authority: trustme.CA
) -> None:
    """Without a CA those of the system apply, which reject the server."""
    heard: list[Any] = []
    async with serving(authority, hearing(heard)) as url:
        await ask(tmp_path, document(url, cluster={"insecure-skip-tls-verify": True}))
        with pytest.raises(UnansweredError) as raised:
            await ask(tmp_path, document(url))

    assert raised.value.message.startswith(
        f"the API server at {url} does not answer: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
        "failed: unable to get local issuer certificate"
    )
    assert heard == [[]]


async def test_a_pod_authenticates_as_its_service_account(
    tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its token, which is renewed on disk, in its own namespace; a kubeconfig comes first."""
    heard: list[Any] = []
    monkeypatch.setattr(incluster, "SERVICE_ACCOUNT", tmp_path)
    (tmp_path / "namespace").write_text("mine\n")
    (tmp_path / "ca.crt").write_bytes(authority.cert_pem.bytes())
    async with serving(authority, hearing(heard, "Authorization")) as url:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", url.rpartition(":")[2])
        with pytest.raises(ConfigError) as raised:
            connect()
        (tmp_path / "token").write_text("first")
        async with connect() as client:
            await client.get(PATH)
            (tmp_path / "token").write_text("second")
            await client.get(PATH)
            assert (client.server, client.namespace) == (url, "mine")
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", document())))
        assert connect().server == "https://api.invalid"
        monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
        with pytest.raises(ConfigError):
            connect()

    assert str(raised.value) == (
        f'this pod has no ServiceAccount token: "{tmp_path}/token" does not exist; '
        "set automountServiceAccountToken, or KUBECONFIG"
    )
    assert heard == [["Bearer first"], ["Bearer second"]]


def status(code: int, reason: str, **details: Any) -> web.Response:
    """Answer with a metav1.Status."""
    body = {"kind": "Status", "code": code, "reason": reason, "message": "why", "details": details}
    return web.Response(status=code, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (status(403, "Forbidden"), ApiError, "the API server refused with 403: why"),
        (status(409, "Conflict"), ConflictError, "the API server refused with 409: why"),
        (status(410, "Expired"), ExpiredError, "the API server refused with 410: why"),
        (
            status(504, "Timeout", causes=[{"reason": "ResourceVersionTooLarge"}]),
            ExpiredError,
            "the API server refused with 504: why",
        ),
        (status(504, "Timeout"), ApiError, "the API server refused with 504: why"),
        (
            web.Response(status=404, text="404 page not found\n"),
            UnknownKindError,
            "the API server refused with 404: 404 page not found",
        ),
        (
            web.Response(status=302, headers={"Location": "http://elsewhere.invalid"}),
            ApiError,
            "the API server refused with 302: no reason given",
        ),
        (
            web.Response(text="<html>"),
            MalformedError,
            (
                'the answer is no JSON and begins with "<html>": is the server of the kubeconfig '
                "an API server, or a proxy with a login page?"
            ),
        ),
    ],
)
async def test_a_response_that_is_not_an_object_is_an_error(
    answer: web.Response, kind: type[KubeError], said: str
) -> None:
    """Redirects are not followed: nobody else gets a credential."""

    async def answering(_request: web.Request) -> web.Response:
        return answer

    async with listening(answering) as url, Client(target(url)) as client:
        with pytest.raises(KubeError) as raised:
            await client.get(PATH)

    assert (type(raised.value), str(raised.value)) == (kind, f"GET {PATH}: {said}")


async def test_a_truncated_response_is_an_error() -> None:
    """Complete lines before it are returned; long lines and several per chunk are split."""
    long = {"type": "ADDED", "object": {"text": "x" * 3_000_000}}
    short = {"type": "BOOKMARK", "object": {}}

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(f"{json.dumps(long)}\n{json.dumps(short)}\n{{".encode())
        assert request.transport is not None
        request.transport.abort()
        return response

    seen: list[Any] = []

    async def follow(client: Client) -> None:
        async for event in client.watch("/api/v1/pods", model=Object):
            seen.append({"type": event.type, "object": event.object})  # noqa: PERF401 - it breaks off

    async with listening(answer) as url, Client(target(url)) as client:
        with pytest.raises(UnansweredError):
            await follow(client)

    assert seen == [long, short]


async def test_the_date_of_every_response_is_reported() -> None:
    """Refusals have a date too: history uses the clock of the API server."""
    heard: list[tuple[str | None, float]] = []

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"Date": "Tue, 17 Mar 2026 10:00:00 GMT"})

    async with (
        listening(answer) as url,
        Client(target(url), on_response=lambda date, seconds: heard.append((date, seconds))) as client,
    ):
        with pytest.raises(ApiError):
            await client.get(PATH)

    ((date, seconds),) = heard
    assert date == "Tue, 17 Mar 2026 10:00:00 GMT"
    assert 0 < seconds < 5


def test_a_group_is_impersonated_with_a_user_only(tmp_path: Path) -> None:
    """The kubeconfig is not to blame."""
    file = write(tmp_path / "kubeconfig", document())

    with pytest.raises(ConfigError) as raised:
        connect(kubeconfig=str(file), groups=["developers"])

    assert str(raised.value) == "--as-group is given without --as: name the user to impersonate too"
