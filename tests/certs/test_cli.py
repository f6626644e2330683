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
from builders_certs import HOST, other, without_names
from certs_stage import Stage, creates, until
from mount import files_of
from replica import Replica

pytestmark = pytest.mark.cluster

PROGRAM = Path(sys.executable).with_name("arkrun-certs")
CLOSED = f"{HOST}:1"


async def certs(
    stage: Stage, command: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command for the Secret of the stage and, except for `check`, its configuration."""
    where = ["--namespace", stage.namespace, "--secret", "certs"]
    if command != "check":
        where += ["--validating-configuration", stage.name]
    return await asyncio.to_thread(
        subprocess.run,
        [str(PROGRAM), command, *where, *arguments],
        env={**stage.control_plane.environment(), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def store_state(stage: Stage, **changes: str) -> State:
    """Store a state that no server manages, and have the configuration trust it."""
    state = transitions.create(stage.settings(**changes), datetime.now(UTC))
    stage.create_secret(encode(replace(state, published=datetime.now(UTC))))
    stage.register_trusting(state.bundle, 1)
    return decode(stage.data())


def format_time(moment: datetime) -> str:
    """Format a time like the table."""
    return f"{moment:%Y-%m-%d %H:%M}"


async def test_status_shows_leaf_ca_configuration_and_endpoint_as_a_table(stage: Stage) -> None:
    """Consistent certificates are listed in one row each, and the exit code is 0."""
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
        stage.register(replica.port)
        await until(stage.settled, "the initial state")
        shown = await certs(stage, "status", "--endpoint", f"{HOST}:{replica.port}")
        state = decode(stage.data())

    leaf, authority = state.pair.leaf, state.authority.certificate
    secret = f'Secret "{stage.namespace}/certs"'
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
            f'ValidatingWebhookConfiguration "{stage.name}"',
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


async def test_status_in_a_pod_needs_no_options(stage: Stage) -> None:
    """In a pod all options, including the endpoint of the server, are read from the environment."""
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
        stage.register(replica.port)
        await until(stage.settled, "the initial state")
        environment = {
            "ARKRUN_CERT_NAMESPACE": stage.namespace,
            "ARKRUN_CERT_SECRET": "certs",
            "ARKRUN_VALIDATING_CONFIGURATION": stage.name,
            "ARKRUN_PORT": str(replica.port),
        }
        shown = await asyncio.to_thread(
            subprocess.run,
            [str(PROGRAM), "status", "--json"],
            env={**stage.control_plane.environment(), **environment},
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


async def test_status_reports_inconsistencies_and_exits_with_1(stage: Stage) -> None:
    """A configuration that lacks the CA and an unreachable endpoint are reported in their rows."""
    state = store_state(stage)
    stage.register_trusting(other().bundle, 1)

    shown = await certs(stage, "status", "--json", "--endpoint", CLOSED)

    document = json.loads(shown.stdout)
    assert shown.returncode == 1
    assert not document["fits"]
    assert {each["what"]: each["trouble"] for each in document["items"]} == {
        f'Secret "{stage.namespace}/certs"': "",
        f'ValidatingWebhookConfiguration "{stage.name}"': (
            f"does not trust {name_of(state.authority.certificate)}"
        ),
        "endpoint": f"{CLOSED}: [Errno 111] Connect call failed ('127.0.0.1', 1)",
    }
    assert document["items"][0]["daysLeft"] == 30.0
    assert document["items"][0]["sha256"] == fingerprint(state.pair.leaf)


async def test_status_shows_a_rotation_in_progress(stage: Stage) -> None:
    """The upcoming CA has its own row, and a configuration that does not trust it yet is inconsistent."""
    state = store_state(stage)
    stage.begin_rotation()

    shown = await certs(stage, "status")

    assert shown.returncode == 1
    assert "CA, upcoming, being published" in shown.stdout
    assert f"does not trust {name_of(decode(stage.data()).trusted[1])}" in shown.stdout
    assert state.upcoming is None


async def test_status_reports_a_missing_secret(stage: Stage) -> None:
    """The missing Secret is reported, and the configuration is shown all the same."""
    stage.register(1)

    shown = await certs(stage, "status")

    assert shown.returncode == 1
    assert f'Secret "{stage.namespace}/certs" does not exist' in shown.stdout
    assert "1 webhook, 0 CAs trusted" in shown.stdout


async def test_status_compares_a_secret_that_cert_manager_manages(stage: Stage) -> None:
    """The pair and ca.crt of a Secret without our CA key are compared with the configuration as well."""
    theirs = transitions.create(stage.settings(), datetime.now(UTC))
    stage.create_secret(files_of(theirs))
    stage.register_trusting(theirs.bundle, 1)

    fitting = await certs(stage, "status")
    stage.register_trusting(other().bundle, 1)
    misfit = await certs(stage, "status")

    assert fitting.returncode == 0
    assert "CA, managed by another tool" in fitting.stdout
    assert misfit.returncode == 1
    assert f"does not trust {name_of(theirs.authority.certificate)}" in misfit.stdout


async def test_rotate_replaces_the_ca_without_failed_requests(stage: Stage) -> None:
    """Each phase is printed, the served leaf is signed by the new CA, and no create fails."""
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
        stage.register(replica.port)
        await until(stage.settled, "the initial state")
        before = decode(stage.data())
        async with creates(stage) as load:
            rolled = await certs(stage, "rotate", "--settle", "1s")
            await until(stage.settled, "served")
        after = decode(stage.data())

    new = name_of(after.authority.certificate)
    said = [line.split("  ", 1)[1] for line in rolled.stdout.splitlines()]
    until_ = f"{before.last_expiry:%Y-%m-%d %H:%M:%S} UTC"
    assert (rolled.returncode, rolled.stderr) == (0, "")
    assert said[0] == f"begun: {new} is in the bundle"
    assert said[-1] == f"promoted: it signs the served leaf; older CAs stay trusted until {until_}"
    assert "published: every configuration trusts it, settling" in said
    assert after.authority != before.authority
    assert load.failures == []


async def test_rotate_completes_without_a_running_server(stage: Stage) -> None:
    """The command performs every action itself and can wait until the old CA is dropped."""
    before = store_state(stage, leaf_validity="3s")

    rolled = await certs(stage, "rotate", "--settle", "0.2s", "--leaf-validity", "3s", "--until-dropped")

    after = decode(stage.data())
    assert rolled.returncode == 0, rolled.stderr
    assert rolled.stdout.splitlines()[-1].endswith("dropped: no other CA is trusted any more")
    assert after.authority != before.authority
    assert stage.bundles() == [after.bundle]


async def test_check_verifies_an_endpoint_like_the_api_server(stage: Stage, tmp_path: Path) -> None:
    """A handshake succeeds with the CAs of the Secret and fails with another CA or another name."""
    stranger = tmp_path / "ca.pem"
    stranger.write_bytes(other().bundle)
    async with Replica(stage.control_plane.kubeconfig, stage.settings()) as replica:
        endpoint = f"{HOST}:{replica.port}"
        trusted = await certs(stage, "check", "--endpoint", endpoint)
        named = await certs(stage, "check", "--endpoint", endpoint, "--server-name", "webhook.default.svc")
        wrong = await certs(stage, "check", "--endpoint", endpoint, "--server-name", "elsewhere.svc")
        unknown = await certs(stage, "check", "--endpoint", endpoint, "--ca-file", str(stranger))

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


async def test_errors_are_printed_as_one_line(stage: Stage) -> None:
    """An invalid endpoint, a missing Secret and an unreachable API server cause no traceback."""
    away = "https://127.0.0.1:1"
    kubeconfig = stage.control_plane.kubeconfig.read_text().replace(stage.control_plane.url, away)
    elsewhere = stage.control_plane.directory / f"{stage.name}.kubeconfig"
    elsewhere.write_text(kubeconfig)
    stage.register(1)

    tried = await asyncio.gather(
        certs(stage, "check", "--endpoint", "nowhere"),
        certs(stage, "rotate"),
        certs(stage, "rotate", "--leaf-validity", "1y"),
        certs(stage, "status", KUBECONFIG=str(elsewhere)),
        certs(stage, "status", KUBECONFIG="/nonexistent/kubeconfig"),
    )

    secret = f'Secret "{stage.namespace}/certs"'
    unreachable = (
        "the API server at https://127.0.0.1:1 does not answer: Connect call failed ('127.0.0.1', 1)"
    )
    assert [(each.returncode, each.stderr) for each in tried[:4]] == [
        (1, f"arkrun-certs: {secret} does not exist\n"),
        (1, f"arkrun-certs: {secret} does not exist: there is no CA to rotate, start the server first\n"),
        (
            2,
            'arkrun-certs: "1y" is not a duration: write a number and s, m, h or d, such as "30d"\n',
        ),
        (1, f"arkrun-certs: GET /api/v1/namespaces/{stage.namespace}/secrets/certs: {unreachable}\n"),
    ]
    assert tried[4].returncode == 1
    assert tried[4].stderr == (
        'arkrun-certs: no cluster configured: kubeconfig "/nonexistent/kubeconfig" does not exist: '
        "set KUBECONFIG to a file that kubectl can use, or run in a pod\n"
    )


async def test_rotate_refuses_a_leaf_without_names(stage: Stage) -> None:
    """Without names in the current leaf, only a server knows what to sign."""
    stage.create_secret(encode(without_names(transitions.create(stage.settings(), datetime.now(UTC)))))
    stage.register(1)

    refused = await certs(stage, "rotate")

    assert (refused.returncode, refused.stderr) == (
        1,
        "arkrun-certs: the leaf in the Secret has no names: start the server, which renews it\n",
    )
    assert timedelta() < decode(stage.data()).last_expiry - datetime.now(UTC)
