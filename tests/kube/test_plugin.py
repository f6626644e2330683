"""Exec plugins: real programs that print credentials, or fail to."""

import asyncio
import json
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from arkrun_kube import ConfigError, connect
from arkrun_kube.config.credentials import Credential
from arkrun_kube.config.entries import Exec, Variable
from arkrun_kube.config.plugin import Plugin
from support.builders.kubeconfigs import document, write

V1 = "client.authentication.k8s.io/v1"
TITLE = 'user "u"'
CLUSTER = {"server": "https://x", "config": {"audience": "a"}}

Program = Callable[[str], str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Write an executable that does this in Python; its folder is `here`."""

    def make(code: str) -> str:
        file = tmp_path / "plugin"
        begin = "import json, os, pathlib, sys, time\nhere = pathlib.Path(__file__).parent\n"
        file.write_text(f"#!{sys.executable} -IS\n{begin}{code}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        return str(file)

    return make


def printing(**status: Any) -> str:
    """Write the code of a plugin that prints an ExecCredential."""
    printed = {"apiVersion": V1, "kind": "ExecCredential", "status": status}
    return f"print({json.dumps(printed)!r})"


def plugin(command: str, **settings: Any) -> Plugin:
    """Configure a plugin that needs no terminal."""
    given = {"api_version": V1, "interactive_mode": "Never", **settings}
    return Plugin(Exec(command=command, **given), TITLE, CLUSTER)


def at(seconds: float) -> str:
    """Write the time that is so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def failure(tried: Plugin) -> str:
    """Return the message of a plugin that fails, without its path."""
    with pytest.raises(ConfigError) as raised:
        await tried.current()
    return str(raised.value).replace(tried.plugin.command or "", "PLUGIN")


@pytest.mark.parametrize(
    ("exec", "said"),
    [
        ({}, "has no command: name a program"),
        (
            {"command": "p", "apiVersion": "client.authentication.k8s.io/v1alpha1"},
            (
                'has the apiVersion "client.authentication.k8s.io/v1alpha1": expected '
                "client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1"
            ),
        ),
        (
            {"command": "p", "apiVersion": V1},
            "has no interactiveMode: expected Never, IfAvailable, Always",
        ),
        (
            {"command": "p", "apiVersion": V1, "interactiveMode": "never"},
            'has the interactiveMode "never": expected Never, IfAvailable, Always',
        ),
        (
            {"command": "p", "apiVersion": V1, "interactiveMode": "Never", "env": [{"value": "x"}]},
            "has an environment variable without a name",
        ),
    ],
)
def test_a_plugin_that_cannot_be_run_is_a_one_line_error(tmp_path: Path, exec: Any, said: str) -> None:  # noqa: A002
    """What kubectl demands is demanded before anything is run."""
    file = write(tmp_path / "config", document(user={"exec": exec}))
    name = f'exec plugin "{exec["command"]}"' if exec else "exec plugin"

    with pytest.raises(ConfigError) as raised:
        connect(kubeconfig=str(file))

    assert str(raised.value) == f'the {name} of user "u" in kubeconfig "{file}" {said}'


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "sys.exit(3)",
            "failed with exit code 3: run it by hand to see why, or log in again",
        ),
        (
            "print('Login succeeded, token: abc')",
            ("printed no ExecCredential: JSON is malformed: invalid character (byte 0)"),
        ),
        ("", "printed no ExecCredential: Input data was truncated"),
        ("os.write(1, b'\\xff')", "printed no ExecCredential: JSON is malformed: invalid character (byte 0)"),
        (
            'print(\'{"apiVersion": "v1", "kind": "Pod"}\')',
            f'printed kind "Pod" of "v1": expected ExecCredential of {V1}',
        ),
        (printing(), "printed no credential: expected a token or a client certificate"),
        (
            printing(clientCertificateData="x"),
            "printed a client certificate or a key alone: expected both",
        ),
        (
            printing(token="t", expirationTimestamp="2020-01-01T00:00:00Z"),
            (
                "printed a credential that expired 2020-01-01 00:00:00 UTC: log in again, "
                "or correct this machine's clock"
            ),
        ),
    ],
)
async def test_a_plugin_that_fails_is_a_one_line_error(program: Program, code: str, said: str) -> None:
    """It names the plugin and shows nothing of what was printed, which may be a credential."""
    assert await failure(plugin(program(code))) == f'the exec plugin "PLUGIN" of {TITLE} {said}'


async def test_a_missing_plugin_is_reported_with_its_install_hint(tmp_path: Path) -> None:
    assert [
        await failure(plugin("no-such-plugin")),
        await failure(plugin("no-such-plugin", install_hint="brew install\n  plugin")),
        await failure(plugin(str(tmp_path / "none"))),
        await failure(plugin(str(tmp_path))),
    ] == [
        'the exec plugin "PLUGIN" of user "u" does not exist in the PATH: install it, or correct the command',
        'the exec plugin "PLUGIN" of user "u" does not exist in the PATH: brew install plugin',
        'the exec plugin "PLUGIN" of user "u" does not exist: install it, or correct the command',
        'the exec plugin "PLUGIN" of user "u" cannot be run: Permission denied',
    ]


async def test_an_interactive_plugin_needs_a_terminal(program: Program) -> None:
    """Tests and pods have none."""
    tried = plugin(program(printing(token="t")), interactive_mode="Always")

    assert await failure(tried) == (
        'the exec plugin "PLUGIN" of user "u" needs a terminal, and standard input is not one'
    )


async def test_a_token_is_cached_until_it_expires(program: Program) -> None:
    code = f"""
runs = here / "runs"
count = len(runs.read_text()) if runs.exists() else 0
runs.write_text("x" * (count + 1))
expires = ({at(1.5)!r}, {at(60)!r})[min(count, 1)]
status = {{"token": f"t{{count}}", "expirationTimestamp": expires}}
print(json.dumps({{"apiVersion": {V1!r}, "kind": "ExecCredential", "status": status}}))
"""
    asked = plugin(program(code))
    first = [await asked.current() for _ in range(2)]
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while (last := await asked.current()) == first[0]:
        assert datetime.now(UTC) < deadline
        await asyncio.sleep(0.05)

    assert first == [Credential("Bearer t0")] * 2
    assert last == Credential("Bearer t1")
    assert await asked.renewed(first[0]) == last
    assert await asked.renewed(last) == Credential("Bearer t2")


async def test_a_plugin_receives_arguments_environment_and_cluster(program: Program) -> None:
    """The cluster is passed on request only."""
    code = """
told = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
token = json.dumps([told, sys.argv[1:], os.environ["WHO"], sys.stdin.read()])
print(json.dumps({**told, "status": {"token": token}}))
"""
    settings: dict[str, Any] = {"args": ["a", "b"], "env": [Variable("WHO", "me")]}
    spec = {"interactive": False}
    for wants, expected in ((False, spec), (True, {**spec, "cluster": CLUSTER})):
        asked = plugin(program(code), provide_cluster_info=wants, **settings)
        told = {"apiVersion": V1, "kind": "ExecCredential", "spec": expected}

        given = (await asked.current()).authorization.removeprefix("Bearer ")

        assert json.loads(given) == [told, ["a", "b"], "me", ""]


async def test_a_relative_command_is_resolved_against_its_kubeconfig(
    program: Program, tmp_path: Path
) -> None:
    """A command without a slash is searched in the PATH."""
    program("sys.exit(7)")
    exec_ = {"apiVersion": V1, "command": "./plugin", "interactiveMode": "Never"}
    file = write(tmp_path / "config", document(user={"exec": exec_}))

    with pytest.raises(ConfigError) as raised:
        async with connect(kubeconfig=str(file)):
            raise AssertionError

    assert str(raised.value) == (
        f'the exec plugin "{tmp_path}/plugin" of user "u" in kubeconfig "{file}" failed with exit code 7: '
        "run it by hand to see why, or log in again"
    )
