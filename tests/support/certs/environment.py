"""A namespace, a webhook configuration and a Secret of their own on the real API server."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from arkrun_certs import CertificateSettings
from arkrun_certs.errors import MaterialError
from arkrun_certs.rotation import transitions
from arkrun_certs.rotation.state import decode, encode
from controlplane import ControlPlane
from controlplane.api import Answer
from support.certs.builders import HOST, settings

REGISTRATIONS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
TIMEOUT_SECONDS = 60.0


class Environment:
    """The objects that the chart installs, and changes to them from outside."""

    def __init__(self, control_plane: ControlPlane, namespace: str, secret: str = "certs") -> None:
        self.control_plane = control_plane
        self.namespace = namespace
        self._secret = secret
        self.name = f"certs-{uuid.uuid4().hex[:10]}"
        self.ports: tuple[int, ...] = ()
        self._secrets = f"/api/v1/namespaces/{namespace}/secrets"

    def settings(self, **changes: Any) -> CertificateSettings:
        """Build settings for this namespace and configuration."""
        ours = {"namespace": self.namespace, "secret": self._secret}
        return settings(**{**ours, "validating_configurations": (self.name,), **changes})

    def manifest(self, ports: Sequence[int], **client_config: Any) -> dict[str, Any]:
        """Build the configuration, which calls every port when a ConfigMap is created."""
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": self.name},
            "webhooks": [
                {
                    "name": f"r{port}.certs.example.com",
                    "admissionReviewVersions": ["v1"],
                    "sideEffects": "None",
                    "timeoutSeconds": 5,
                    "clientConfig": {"url": f"https://{HOST}:{port}/", **client_config},
                    "rules": [
                        {
                            "apiGroups": [""],
                            "apiVersions": ["v1"],
                            "operations": ["CREATE"],
                            "resources": ["configmaps"],
                        }
                    ],
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}},
                }
                for port in ports
            ],
        }

    def register(self, *ports: int) -> None:
        """Install the configuration as Helm 4 does, without a caBundle."""
        self.ports = ports
        self._apply(self.manifest(ports))

    def register_trusting(self, bundle: bytes, *ports: int) -> None:
        """Install the configuration with a caBundle."""
        self.ports = ports
        self._apply(self.manifest(ports, caBundle=base64.b64encode(bundle).decode()))

    def _apply(self, manifest: dict[str, Any]) -> None:
        arguments = ("apply", "--server-side", "--field-manager=helm", "-f", "-")
        self.control_plane.kubectl(*arguments, input=json.dumps(manifest))

    def configuration(self) -> dict[str, Any]:
        """Read the configuration."""
        found: dict[str, Any] = self._call("GET", f"{REGISTRATIONS}/{self.name}").json()
        return found

    def bundles(self) -> list[bytes]:
        """Read the caBundle of each webhook."""
        webhooks = self.configuration()["webhooks"]
        return [base64.b64decode(each["clientConfig"].get("caBundle", "")) for each in webhooks]

    def secret(self) -> dict[str, Any]:
        """Read the Secret, as it is on the wire."""
        found: dict[str, Any] = self._call("GET", f"{self._secrets}/{self._secret}").json()
        return found

    def data(self) -> dict[str, bytes]:
        """Read the data of the Secret."""
        return {key: base64.b64decode(value) for key, value in self.secret().get("data", {}).items()}

    def put_data(self, data: Mapping[str, bytes]) -> None:
        """Overwrite the data of the Secret regardless of its resourceVersion."""
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        secret = self.secret()
        del secret["metadata"]["resourceVersion"]
        body = json.dumps({**secret, "data": encoded}).encode()
        assert self._call("PUT", f"{self._secrets}/{self._secret}", body).status == 200

    def create_secret(self, data: Mapping[str, bytes]) -> None:
        """Create the Secret."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": self._secret},
            "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
        }
        assert self._call("POST", self._secrets, json.dumps(body).encode()).status == 201

    def try_secret(self) -> Answer:
        """Try to create a Secret in a dry run."""
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"generateName": "try-"}}
        return self._call("POST", f"{self._secrets}?dryRun=All", json.dumps(body).encode())

    def delete_secret(self) -> None:
        """Delete the Secret."""
        assert self._call("DELETE", f"{self._secrets}/{self._secret}").status == 200

    def settled(self) -> bool:
        """Return True if the state is valid, published and used by all, and no rotation is in progress."""
        try:
            data = self.data()
            state = decode(data)
        except MaterialError:
            return False
        resting = state.published is not None and state.upcoming is None
        trusted = all(each == state.bundle for each in self.bundles())
        return resting and trusted and all(self.serves(each, data["tls.crt"]) for each in self.ports)

    def begin_rotation(self) -> None:
        """Begin a rotation, as `arkrun-certs rotate` does, and leave the rest to the replicas."""
        begun = transitions.begin(decode(self.data()), self.settings(), datetime.now(UTC))
        self.put_data(encode(begun))

    @staticmethod
    def serves(port: int, leaf: bytes) -> bool:
        """Return True if the server on a port presents this leaf, as PEM."""
        try:
            return ssl.get_server_certificate((HOST, port), timeout=5).encode() == leaf
        except OSError:
            return False

    async def create(self) -> Answer:
        """Create an object for which the API server calls every registered replica."""
        metadata = {"generateName": "asked-", "namespace": self.namespace}
        body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}).encode()
        path = f"/api/v1/namespaces/{self.namespace}/configmaps"
        return await asyncio.to_thread(self._call, "POST", path, body)

    def _call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        return self.control_plane.api.call(method, path, body)


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds; after a timeout, fail and name `what` was expected.

    The condition is evaluated in a thread because it may call a server in this event loop.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"timeout waiting for: {what}") from None


@dataclass
class Load:
    """Responses to a continuous sequence of creates."""

    answers: list[Answer] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Return the messages of failed creates."""
        return [answer.message for answer in self.answers if answer.status != 201]


@asynccontextmanager
async def creates(env: Environment) -> AsyncIterator[Load]:
    """Create objects one after another while the context is open."""
    load = Load()

    async def work() -> None:
        while True:
            load.answers.append(await env.create())

    task = asyncio.create_task(work())
    try:
        yield load
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
