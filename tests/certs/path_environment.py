"""An environment whose webhooks are called through a Service, with an unguessable path."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from arkrun_certs import CertificateSettings
from arkrun_certs.errors import MaterialError
from arkrun_certs.rotation.token_state import TokenState, begin, decode, encode
from support.certs.environment import REGISTRATIONS, Environment

SECRET = "path"
SERVICE = "webhook"
SUFFIX = "/ask"


class PathEnvironment(Environment):
    """An environment with a Service of type ExternalName, through which the API server reaches loopback."""

    def settings(self, **changes: Any) -> CertificateSettings:
        """Build settings that manage the path of the webhooks of `ports`."""
        named = {self.webhook(port): SUFFIX for port in self.ports}
        ours = {"dns_names": (f"{SERVICE}.{self.namespace}.svc",), "tick": "1s", "paths": named}
        return super().settings(**{**ours, "path_secret": SECRET, **changes})

    @staticmethod
    def webhook(port: int) -> str:
        """Return the name of the webhook of a replica."""
        return f"r{port}.certs.example.com"

    def manifest(self, ports: Sequence[int], **client_config: Any) -> dict[str, Any]:
        """Build the configuration as the chart renders it: a Service without a path."""
        manifest = super().manifest(ports)
        for webhook, port in zip(manifest["webhooks"], ports, strict=True):
            service = {"name": SERVICE, "namespace": self.namespace, "port": port}
            extra = {key: value for key, value in client_config.items() if key != "path"}
            path = {"path": client_config["path"]} if "path" in client_config else {}
            webhook["clientConfig"] = {"service": {**service, **path}, **extra}
        return manifest

    def create_service(self) -> None:
        """Create a Service that resolves to loopback."""
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": SERVICE, "namespace": self.namespace},
            "spec": {"type": "ExternalName", "externalName": "localhost"},
        }
        self.control_plane.kubectl("apply", "-f", "-", input=json.dumps(service))

    def paths(self) -> list[str]:
        """Read the path of each webhook."""
        webhooks = self.configuration()["webhooks"]
        return [each["clientConfig"].get("service", {}).get("path", "") for each in webhooks]

    def path_data(self) -> dict[str, bytes]:
        """Read the data of the Secret of the path."""
        found = self._call("GET", f"{self._secrets}/{SECRET}").json()
        return {key: base64.b64decode(value) for key, value in found.get("data", {}).items()}

    def token_state(self) -> TokenState:
        """Read the state in the Secret of the path."""
        return decode(self.path_data())

    def path_secret(self) -> dict[str, Any]:
        """Read the Secret of the path as it is on the wire."""
        found: dict[str, Any] = self._call("GET", f"{self._secrets}/{SECRET}").json()
        return found

    def put_path_data(self, data: dict[str, bytes]) -> None:
        """Overwrite the Secret of the path."""
        secret = self.path_secret()
        del secret["metadata"]["resourceVersion"]
        encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
        answer = self._call(
            "PUT", f"{self._secrets}/{SECRET}", json.dumps({**secret, "data": encoded}).encode()
        )
        assert answer.status == 200, answer.message

    def delete_path_secret(self) -> None:
        """Delete the Secret of the path."""
        assert self._call("DELETE", f"{self._secrets}/{SECRET}").status == 200

    def rotate_path(self) -> None:
        """Begin a rotation, as `arkrun-certs rotate-path` does."""
        self.put_path_data(encode(begin(self.token_state())))

    def calls_one_token(self) -> bool:
        """Return True if the Secret has exactly one token and every webhook calls it."""
        try:
            tokens = self.token_state().tokens
        except MaterialError:
            return False
        return len(tokens) == 1 and set(self.paths()) == {f"/{tokens[0]}{SUFFIX}"}

    def patch(self, patch: list[dict[str, Any]], manager: str = "somebody") -> None:
        """Change the configuration as `kubectl patch` does."""
        arguments = ("--type=json", f"--field-manager={manager}", "-p", json.dumps(patch))
        self.control_plane.kubectl("patch", "validatingwebhookconfiguration", self.name, *arguments)

    def delete_configuration(self) -> None:
        """Delete the configuration."""
        assert self._call("DELETE", f"{REGISTRATIONS}/{self.name}").status == 200
