"""Kubeconfig files: search, merging, and errors."""

import base64
from pathlib import Path
from typing import Any

import pytest

from arkrun_kube import ConfigError, connect
from support.builders.kubeconfigs import TOKEN, document, write

CERTIFICATE = {"client-certificate-data": base64.b64encode(b"x").decode()}


def refusal(file: Path, context: str = "") -> str:
    """Connect in vain, and return what was said, without the file's own name."""
    with pytest.raises(ConfigError) as raised:
        connect(kubeconfig=str(file), context=context)
    return str(raised.value).replace(f'"{file}"', "FILE")


def reached(file: Path | str = "", context: str = "") -> tuple[str, str]:
    """Return the server and the namespace that are meant."""
    client = connect(kubeconfig=str(file), context=context)
    return client.server, client.namespace


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "",
            (
                "no cluster configured: kubeconfig FILE holds no entries: set KUBECONFIG to a file that "
                "kubectl can use, or run in a pod"
            ),
        ),
        (
            "a: [",
            (
                "kubeconfig FILE is not YAML: line 1, column 5: expected the node content, but found "
                "'<stream end>'"
            ),
        ),
        ("a: \0", "kubeconfig FILE is not YAML"),
        ("just text", "kubeconfig FILE is malformed: Expected `object`, got `str`"),
        ("clusters: 3", "kubeconfig FILE is malformed: Expected `array | null`, got `int` - at `$.clusters`"),
        (
            "users: [{name: u, user: {token: 12}}]",
            "kubeconfig FILE is malformed: Expected `str | null`, got `int` - at `$.users[0].user.token`",
        ),
        (
            "users: [{name: u}, {name: u}]",
            'kubeconfig FILE has two entries with the name "u": remove one of them',
        ),
        (
            {"apiVersion": "v1", "kind": "Pod"},
            "FILE is not a kubeconfig: expected apiVersion v1 and kind Config, got v1 and Pod",
        ),
        (
            document() | {"current-context": ""},
            (
                "kubeconfig FILE has no current-context: set it with `kubectl config use-context NAME`, "
                "or name a context (there are: c)"
            ),
        ),
        (
            document() | {"current-context": "x"},
            'current-context "x" does not exist in kubeconfig FILE (there are: c)',
        ),
        (
            document() | {"contexts": None},
            'current-context "c" does not exist in kubeconfig FILE (there are none)',
        ),
        (
            document() | {"clusters": []},
            'cluster "c" of context "c" does not exist in kubeconfig FILE (there are none)',
        ),
        (
            document() | {"users": [{"name": "other", "user": TOKEN}]},
            'user "u" of context "c" does not exist in kubeconfig FILE (there are: other)',
        ),
        (
            document() | {"contexts": [{"name": "c", "context": {"user": "u"}}]},
            'context "c" in kubeconfig FILE names no cluster (there are: c)',
        ),
        (
            document(server=""),
            'cluster "c" in kubeconfig FILE has no server: expected a URL such as https://HOST:6443',
        ),
        (
            document(server="ftp://x"),
            'cluster "c" in kubeconfig FILE has the server "ftp://x": expected a URL such as https://HOST:6443',
        ),
        (
            document(server="https://admin:s3cret@x:6443"),
            (
                'cluster "c" in kubeconfig FILE has a server with a user or password: '
                "put them into the user's entry"
            ),
        ),
        (
            document(server="https://admin:s3cret@x:port"),
            (
                'cluster "c" in kubeconfig FILE has a server with a user or password: '
                "put them into the user's entry"
            ),
        ),
        (
            document(server="https://x:port"),
            (
                'cluster "c" in kubeconfig FILE has the server "https://x:port": '
                "expected a URL such as https://HOST:6443"
            ),
        ),
        (
            document(cluster={"insecure-skip-tls-verify": True, "certificate-authority-data": "eA=="}),
            (
                'cluster "c" in kubeconfig FILE has insecure-skip-tls-verify and a certificate-authority: '
                "keep one of them"
            ),
        ),
        (
            document(cluster={"certificate-authority": "x", "certificate-authority-data": "eA=="}),
            (
                'cluster "c" in kubeconfig FILE has both certificate-authority and '
                "certificate-authority-data: keep one of them"
            ),
        ),
        (
            document(cluster={"certificate-authority-data": "%"}),
            'certificate-authority-data of cluster "c" in kubeconfig FILE is not base64',
        ),
        (
            document(cluster={"certificate-authority": "/nowhere/ca.crt"}),
            (
                'certificate-authority of cluster "c" in kubeconfig FILE cannot be read: "/nowhere/ca.crt": '
                "No such file or directory"
            ),
        ),
        (
            document(cluster={"proxy-url": "socks5://me:secret@x:1"}),
            (
                'proxy-url of cluster "c" in kubeconfig FILE has the scheme "socks5": '
                "expected http://HOST:PORT or https://HOST:PORT"
            ),
        ),
        (
            document(cluster={"proxy-url": "x:1"}),
            (
                'proxy-url of cluster "c" in kubeconfig FILE has no usable URL: '
                "expected http://HOST:PORT or https://HOST:PORT"
            ),
        ),
        (
            document(user={}),
            (
                'user "u" in kubeconfig FILE has no credential: expected a token, a tokenFile, '
                "a client-certificate, a username or an exec plugin"
            ),
        ),
        (
            document() | {"contexts": [{"name": "c", "context": {"cluster": "c"}}]},
            (
                "the context in kubeconfig FILE names no user, so it has no credential: expected a token, "
                "a tokenFile, a client-certificate, a username or an exec plugin"
            ),
        ),
        (
            document(user={"token": "a\nb"}),
            (
                'the token of user "u" in kubeconfig FILE has line breaks or control characters: '
                "write it on one line"
            ),
        ),
        (
            document(user={"token": "t", "username": "me"}),
            'user "u" in kubeconfig FILE has both token and username and password: keep one of them',
        ),
        (
            document(user=CERTIFICATE),
            (
                'user "u" in kubeconfig FILE has a client-certificate without a client-key: '
                "add client-key or client-key-data"
            ),
        ),
        (
            document(user={"client-key": "x"}),
            (
                'user "u" in kubeconfig FILE has a client-key without a client-certificate: '
                "add client-certificate or client-certificate-data"
            ),
        ),
        (
            document(user={"auth-provider": {"name": "gcp"}}),
            (
                'user "u" in kubeconfig FILE has an auth-provider, which is not supported: '
                "use an exec plugin, such as gke-gcloud-auth-plugin, kubelogin or kubectl-oidc_login"
            ),
        ),
        (
            document(user={**TOKEN, "as-groups": ["g"]}),
            (
                'user "u" in kubeconfig FILE has as-uid, as-groups or as-user-extra without as: '
                "name the user too"
            ),
        ),
        (
            document(user={**TOKEN, "as": "a\r\nX: y"}),
            (
                'Impersonate-User of user "u" in kubeconfig FILE has line breaks or control characters: '
                "write it on one line"
            ),
        ),
    ],
)
def test_an_invalid_kubeconfig_is_a_one_line_error(tmp_path: Path, content: Any, said: str) -> None:
    """The message has location, value, expectation and remedy; no request is sent."""
    assert refusal(write(tmp_path / "config", content)).removesuffix(": ") == said


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """These are a directory, binary data and a missing file."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")

    assert [refusal(each) for each in (tmp_path, binary, tmp_path / "none")] == [
        "kubeconfig FILE cannot be read: Is a directory",
        "kubeconfig FILE cannot be read: it is not UTF-8",
        (
            "no cluster configured: kubeconfig FILE does not exist: "
            "set KUBECONFIG to a file that kubectl can use, or run in a pod"
        ),
    ]


def test_a_missing_context_is_named(tmp_path: Path) -> None:
    """The requested context is used instead of the current one."""
    assert refusal(write(tmp_path / "config", document()), "x") == (
        'context "x" does not exist in kubeconfig FILE (there are: c)'
    )


def test_the_kubeconfig_of_the_home_folder_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """~/.kube/config is used if KUBECONFIG is unset or empty."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".kube").mkdir()
    write(tmp_path / ".kube" / "config", document("https://home"))
    monkeypatch.setenv("KUBECONFIG", "")

    assert reached() == ("https://home", "default")


def test_without_any_kubeconfig_the_error_has_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names all missing files."""
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/b")

    with pytest.raises(ConfigError) as raised:
        connect()

    assert str(raised.value) == (
        f'no cluster configured: kubeconfig "{tmp_path}/a", "{tmp_path}/b" do not exist: '
        "set KUBECONFIG to a file that kubectl can use, or run in a pod"
    )


def test_several_kubeconfigs_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first entry of each name is used as a whole; missing and empty files are skipped."""
    write(tmp_path / "a", {"current-context": "c", "users": [{"name": "u", "user": TOKEN}]})
    write(tmp_path / "b", document("https://b", user={"username": "me"}, namespace="here"))
    write(tmp_path / "c", document("https://c") | {"current-context": "other"})
    write(tmp_path / "empty", "")
    files = ("none", "a", "empty", "b", "c")
    monkeypatch.setenv("KUBECONFIG", "::".join(str(tmp_path / name) for name in files))

    assert reached() == ("https://b", "here")


def test_one_invalid_file_among_several_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = write(tmp_path / "b", "[")
    monkeypatch.setenv("KUBECONFIG", f"{write(tmp_path / 'a', document())}:{broken}")

    with pytest.raises(ConfigError, match=f'^kubeconfig "{broken}" is not YAML: '):
        connect()


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("https://rancher/k8s/clusters/c-1/", "https://rancher/k8s/clusters/c-1"),
        ("localhost:8080", "http://localhost:8080"),
        ("https://[::1]:6443", "https://[::1]:6443"),
    ],
)
def test_a_server_may_have_a_path_or_no_scheme(tmp_path: Path, server: str, url: str) -> None:
    """As kubectl reads it."""
    assert reached(write(tmp_path / "config", document(server))) == (url, "default")


def test_a_name_that_looks_like_a_date_is_a_string(tmp_path: Path) -> None:
    content = (
        "current-context: 2026-01-01\n"
        "contexts: [{name: 2026-01-01, context: {cluster: c, user: u}}]\n"
        "clusters: [{name: c, cluster: {server: 'https://x'}}]\n"
        "users: [{name: u, user: {token: t}}]\n"
    )

    assert reached(write(tmp_path / "config", content)) == ("https://x", "default")
