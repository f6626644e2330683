"""Keys on a real API server: made, rotated under load, given, stolen, and never shown."""

import base64
import json
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from arkrun_crd.seal.statement import parse_seal
from arkrun_crd.seal.verify import State
from policies.builders import ended
from seal.cluster.environment import SYSTEM, SealEnvironment, create, seals, wait_for_seals, write_status
from support.polling import next_second, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

SECRETS = f"/api/v1/namespaces/{SYSTEM}/secrets"
Json = dict[str, Any]


def secret(env: SealEnvironment, name: str = "arkrun-seal") -> dict[str, str]:
    """Return the decoded data of a Secret; empty if it does not exist."""
    data = env.control_plane.api.call("GET", f"{SECRETS}/{name}").json().get("data") or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def create_secret(env: SealEnvironment, name: str, data: dict[str, str]) -> None:
    """Create a Secret."""
    body = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}, "stringData": data}
    assert env.control_plane.api.call("POST", SECRETS, json.dumps(body).encode()).status == 201


def signer(run: Json) -> str:
    """Return the id of the key that sealed a spec."""
    text = seals(run)[0]
    assert text is not None
    return parse_seal(text).statement.key


def test_keys_rotate_and_no_seal_is_lost(ours: SealEnvironment) -> None:
    """Seals of every key stay valid, and each key was published before it signed."""
    runs = ours.runs()
    signers = set()
    with ours.sealer(seal_key_rotation="3s", seal_key_ahead="1s"):
        for number in range(30):
            name = f"run-{number}"
            create(runs, name)
            signers.add(signer(wait_for_seals(runs, (True, False), name)))
            if len(signers) > 1:
                break
            next_second()
    assert len(signers) > 1
    assert signers <= ours.keys().keys()
    for run in runs.get("").json()["items"]:
        assert ours.report(runs, run["metadata"]["name"]).state is State.VERIFIED


def test_a_key_of_yours_is_read_and_nothing_else(ours: SealEnvironment) -> None:
    """Its public half is published, and the Secret stays as it is."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    ours.control_plane.kubectl(
        *("-n", SYSTEM, "create", "role", "mine", "--verb=get", "--resource=secrets", "--resource-name=mine")
    )
    binding = ("rolebinding", "mine", "--role=mine", f"--serviceaccount={SYSTEM}:arkrun-history")
    ours.control_plane.kubectl("-n", SYSTEM, "create", *binding)
    create_secret(ours, "mine", {"seal.key": pem})
    runs = ours.runs()
    with ours.sealer(seal_secret="mine", seal_secret_provided=True, seal_key_rotation="1s"):
        create(runs)
        run = wait_for_seals(runs, (True, False))

    assert ours.keys()[signer(run)].raw == key.public_key().public_bytes_raw()
    assert secret(ours, "mine") == {"seal.key": pem}


def test_a_deleted_secret_is_replaced_by_a_new_key(ours: SealEnvironment) -> None:
    """A stolen key is replaced; what it has sealed is verified until its public key is removed."""
    runs = ours.runs()
    with ours.sealer():
        create(runs, "before")
        before = wait_for_seals(runs, (True, False), "before")
    ours.control_plane.api.call("DELETE", f"{SECRETS}/arkrun-seal")
    with ours.sealer():
        create(runs, "after")
        after = wait_for_seals(runs, (True, False), "after")

    assert signer(before) != signer(after)
    assert ours.report(runs, "before").state is ours.report(runs, "after").state is State.VERIFIED
    path = f"/api/v1/namespaces/{SYSTEM}/configmaps/arkrun-seal-keys"
    patch = json.dumps({"data": {f"{signer(before)}.pem": None}}).encode()
    ours.control_plane.api.call("PATCH", path, patch, "application/merge-patch+json")
    with ours.sealer() as replica:
        wait_for(partial(replica.has_metric, "arkrun_history_unsealed_runs", 0))
        assert ours.report(runs, "before").state is State.UNKNOWN
    ours.upgrade("seal.keyRotation=60d")  # the new Secret is no obstacle
    assert secret(ours)


def test_an_unusable_secret_stops_sealing_and_is_named(ours: SealEnvironment) -> None:
    """It is not overwritten: it may be the only copy of a key."""
    create_secret(ours, "broken", {"seal.key": "no key"})
    binding = (
        "rolebinding",
        "broken",
        "--clusterrole=view-secrets",
        f"--serviceaccount={SYSTEM}:arkrun-history",
    )
    rule = ("--verb=get,update", "--resource=secrets")
    ours.control_plane.kubectl("create", "clusterrole", "view-secrets", *rule)
    ours.control_plane.kubectl("-n", SYSTEM, "create", *binding)
    replica = ours.sealer(seal_secret="broken", once=True)

    assert replica.finish() == 1
    assert secret(ours, "broken") == {"seal.key": "no key"}


def test_no_key_material_is_shown(ours: SealEnvironment) -> None:
    """Not in logs, events, annotations, the ConfigMap or the release."""
    runs = ours.runs()
    with ours.sealer(seal_key_rotation="1s", seal_key_ahead="0s", log_level="debug") as replica:
        create(runs)
        write_status(runs, ended("Succeeded"))
        run = wait_for_seals(runs, (True, True))
        logged = json.dumps(replica.logged)
    private = [line for text in secret(ours).values() for line in text.splitlines() if "KEY" not in line]
    control_plane = ours.control_plane
    shown = [
        logged,
        json.dumps(run),
        control_plane.kubectl("get", "events,configmaps", "-A", "-o", "yaml").stdout,
        control_plane.helm("get", "all", "arkrun", "--namespace", SYSTEM).stdout,
    ]

    assert [line for line in private if len(line) > 30]
    assert not [line for line in private if len(line) > 30 for text in shown if line in text]
