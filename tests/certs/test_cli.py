"""The command line `arkrun-certs` on the real API server."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from arkrun_certs.pki.x509 import fingerprint, name_of
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.state import State, decode, encode
from certs.secret_volume import files_of
from support.certs.builders import HOST, other, without_names
from support.certs.environment import Environment, creates, until
from support.certs.replica import Replica

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

PROGRAM = Path(sys.executable).with_name("arkrun-certs")
CLOSED = f"{HOST}:1"


async def certs(
    env: Environment, command: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command for the Secret of the environment and, except for `check`, its configuration."""
    where = ["--namespace", env.namespace, "--secret", "certs"]
    if command != "check":
        where += ["--validating-configuration", env.name]
    return await asyncio.to_thread(
        subprocess.run,
        [str(PROGRAM), command, *where, *arguments],
        env={**env.control_plane.environment(), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def store_state(env: Environment, **changes: str) -> State:
    """Store a state that no server manages, and have the configuration trust it."""
    state = transitions.create(env.settings(**changes), datetime.now(UTC))
    env.create_secret(encode(replace(state, published=datetime.now(UTC))))
    env.register_trusting(state.bundle, 1)
    return decode(env.data())


def format_time(moment: datetime) -> str:
    """Format a time like the table."""
    return f"{moment:%Y-%m-%d %H:%M}"


async def test_status_shows_leaf_ca_configuration_and_endpoint_as_a_table(env: Environment) -> None:
    """Consistent certificates are listed in one row each, and the exit code is 0."""
    async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
        env.register(replica.port)
        await until(env.settled, "the initial state")
        shown = await certs(env, "status", "--endpoint", f"{HOST}:{replica.port}")
        state = decode(env.data())

    leaf, authority = state.pair.leaf, state.authority.certificate
    secret = f'Secret "{env.namespace}/certs"'
    ends = format_time(leaf.not_valid_after_utc)
    assert [re.split(r"  +", line) for line in shown.stdout.splitlines()] == [
        ["WHAT", "DETAIL", "ENDS", "DAYS LEFT", "SHA256", "FITS"],
        [secret, "leaf webhook.default.svc, 127.0.0.1", ends, "30.0", fingerprint(leaf)[:16], "yes"],
        [
            secret,
            "CA, signing",
            format_time(authority.not_valid_after_utc),
            "365.0",
            fingerprint(authority)[:16],
            "yes",
        ],
        [
            f'ValidatingWebhookConfiguration "{env.name}"',
            "1 webhook, 1 CA trusted",
            *"---",
            "yes",
        ],
        [
            f"endpoint {HOST}:{replica.port}",
            "TLSv1.3 TLS_AES_256_GCM_SHA384",
            ends,
            "30.0",
            fingerprint(leaf)[:16],
            "yes",
        ],
    ]
    assert (shown.returncode, shown.stderr) == (0, "")


async def test_status_in_a_pod_needs_no_options(env: Environment) -> None:
    """In a pod all options, including the endpoint of the server, are read from the environment."""
    async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
        env.register(replica.port)
        await until(env.settled, "the initial state")
        environment = {
            "ARKRUN_CERT_NAMESPACE": env.namespace,
            "ARKRUN_CERT_SECRET": "certs",
            "ARKRUN_VALIDATING_CONFIGURATION": env.name,
            "ARKRUN_PORT": str(replica.port),
        }
        shown = await asyncio.to_thread(
            subprocess.run,
            [str(PROGRAM), "status", "--json"],
            env={**env.control_plane.environment(), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    document = json.loads(shown.stdout)
    assert document["fits"]
    assert [each["what"].split()[0] for each in document["items"]] == [
        "Secret",
        "Secret",
        "ValidatingWebhookConfiguration",
        "endpoint",
    ]


async def test_status_reports_inconsistencies_and_exits_with_1(env: Environment) -> None:
    """A configuration that lacks the CA and an unreachable endpoint are reported in their rows."""
    state = store_state(env)
    env.register_trusting(other().bundle, 1)

    shown = await certs(env, "status", "--json", "--endpoint", CLOSED)

    document = json.loads(shown.stdout)
    assert shown.returncode == 1
    assert not document["fits"]
    assert {each["what"]: each["trouble"] for each in document["items"]} == {
        f'Secret "{env.namespace}/certs"': "",
        f'ValidatingWebhookConfiguration "{env.name}"': (
            f"does not trust {name_of(state.authority.certificate)}"
        ),
        "endpoint": f"{CLOSED}: [Errno 111] Connect call failed ('127.0.0.1', 1)",
    }
    assert document["items"][0]["daysLeft"] == 30.0
    assert document["items"][0]["sha256"] == fingerprint(state.pair.leaf)


async def test_status_shows_a_rotation_in_progress(env: Environment) -> None:
    """The upcoming CA has its own row, and a configuration that does not trust it yet is inconsistent."""
    state = store_state(env)
    env.begin_rotation()

    shown = await certs(env, "status")

    assert shown.returncode == 1
    assert "CA, upcoming, being published" in shown.stdout
    assert f"does not trust {name_of(decode(env.data()).trusted[1])}" in shown.stdout
    assert state.upcoming is None


async def test_status_reports_a_missing_secret(env: Environment) -> None:
    """The missing Secret is reported, and the configuration is shown all the same."""
    env.register(1)

    shown = await certs(env, "status")

    assert shown.returncode == 1
    assert f'Secret "{env.namespace}/certs" does not exist' in shown.stdout
    assert "1 webhook, 0 CAs trusted" in shown.stdout


async def test_status_compares_a_secret_that_cert_manager_manages(env: Environment) -> None:
    """The pair and ca.crt of a Secret without our CA key are compared with the configuration as well."""
    theirs = transitions.create(env.settings(), datetime.now(UTC))
    env.create_secret(files_of(theirs))
    env.register_trusting(theirs.bundle, 1)

    fitting = await certs(env, "status")
    env.register_trusting(other().bundle, 1)
    misfit = await certs(env, "status")

    assert fitting.returncode == 0
    assert "CA, managed by another tool" in fitting.stdout
    assert misfit.returncode == 1
    assert f"does not trust {name_of(theirs.authority.certificate)}" in misfit.stdout


async def test_rotate_replaces_the_ca_without_failed_requests(env: Environment) -> None:
    """Each phase is printed, the served leaf is signed by the new CA, and no create fails."""
    async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
        env.register(replica.port)
        await until(env.settled, "the initial state")
        before = decode(env.data())
        async with creates(env) as load:
            rolled = await certs(env, "rotate", "--settle", "1s")
            await until(env.settled, "served")
        after = decode(env.data())

    new = name_of(after.authority.certificate)
    said = [line.split("  ", 1)[1] for line in rolled.stdout.splitlines()]
    until_ = f"{before.last_expiry:%Y-%m-%d %H:%M:%S} UTC"
    assert (rolled.returncode, rolled.stderr) == (0, "")
    assert said[0] == f"begun: {new} is in the bundle"
    assert said[-1] == f"promoted: it signs the served leaf; older CAs stay trusted until {until_}"
    assert "published: every configuration trusts it, settling" in said
    assert after.authority != before.authority
    assert load.failures == []


async def test_rotate_completes_without_a_running_server(env: Environment) -> None:
    """The command performs every action itself and can wait until the old CA is dropped."""
    before = store_state(env, leaf_validity="3s")

    rolled = await certs(env, "rotate", "--settle", "0.2s", "--leaf-validity", "3s", "--until-dropped")

    after = decode(env.data())
    assert rolled.returncode == 0, rolled.stderr
    assert rolled.stdout.splitlines()[-1].endswith("dropped: no other CA is trusted any more")
    assert after.authority != before.authority
    assert env.bundles() == [after.bundle]


async def test_check_verifies_an_endpoint_like_the_api_server(env: Environment, tmp_path: Path) -> None:
    """A handshake succeeds with the CAs of the Secret and fails with another CA or another name."""
    stranger = tmp_path / "ca.pem"
    stranger.write_bytes(other().bundle)
    async with Replica(env.control_plane.kubeconfig, env.settings()) as replica:
        endpoint = f"{HOST}:{replica.port}"
        trusted = await certs(env, "check", "--endpoint", endpoint)
        named = await certs(env, "check", "--endpoint", endpoint, "--server-name", "webhook.default.svc")
        wrong = await certs(env, "check", "--endpoint", endpoint, "--server-name", "elsewhere.svc")
        unknown = await certs(env, "check", "--endpoint", endpoint, "--ca-file", str(stranger))

    assert trusted.returncode == named.returncode == 0
    assert trusted.stdout.splitlines()[1].startswith(f"endpoint {endpoint}  TLSv1.3 TLS_AES_256_GCM_SHA384")
    assert wrong.returncode == unknown.returncode == 1
    assert wrong.stderr == (
        f"arkrun-certs: {endpoint}: the certificate is not trusted: Hostname mismatch, certificate is not "
        "valid for 'elsewhere.svc'.\n"
    )
    assert unknown.stderr == (
        f"arkrun-certs: {endpoint}: the certificate is not trusted: unable to get local issuer certificate\n"
    )


async def test_errors_are_printed_as_one_line(env: Environment) -> None:
    """An invalid endpoint, a missing Secret and an unreachable API server cause no traceback."""
    away = "https://127.0.0.1:1"
    kubeconfig = env.control_plane.kubeconfig.read_text().replace(env.control_plane.url, away)
    elsewhere = env.control_plane.directory / f"{env.name}.kubeconfig"
    elsewhere.write_text(kubeconfig)
    env.register(1)

    tried = await asyncio.gather(
        certs(env, "check", "--endpoint", "nowhere"),
        certs(env, "rotate"),
        certs(env, "rotate", "--leaf-validity", "1y"),
        certs(env, "status", KUBECONFIG=str(elsewhere)),
        certs(env, "status", KUBECONFIG="/nonexistent/kubeconfig"),
    )

    secret = f'Secret "{env.namespace}/certs"'
    unreachable = "the API server at https://127.0.0.1:1 does not answer: Connection refused"
    assert [(each.returncode, each.stderr) for each in tried[:4]] == [
        (1, f"arkrun-certs: {secret} does not exist\n"),
        (1, f"arkrun-certs: {secret} does not exist: there is no CA to rotate, start the server first\n"),
        (
            2,
            'arkrun-certs: "1y" is not a duration: write a number and s, m, h or d, such as "30d"\n',
        ),
        (1, f"arkrun-certs: GET /api/v1/namespaces/{env.namespace}/secrets/certs: {unreachable}\n"),
    ]
    assert tried[4].returncode == 1
    assert tried[4].stderr == (
        'arkrun-certs: no cluster configured: kubeconfig "/nonexistent/kubeconfig" does not exist: '
        "set KUBECONFIG to a file that kubectl can use, or run in a pod\n"
    )


async def test_rotate_refuses_a_leaf_without_names(env: Environment) -> None:
    """Without names in the current leaf, only a server knows what to sign."""
    env.create_secret(encode(without_names(transitions.create(env.settings(), datetime.now(UTC)))))
    env.register(1)

    refused = await certs(env, "rotate")

    assert (refused.returncode, refused.stderr) == (
        1,
        "arkrun-certs: the leaf in the Secret has no names: start the server, which renews it\n",
    )
    assert timedelta() < decode(env.data()).last_expiry - datetime.now(UTC)
