"""Webhook processes behind one pair of configurations, so that each create calls all of them."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from arkrun_certs import CertificateSettings
from controlplane import ControlPlane, Process
from support.builders.objects import team
from support.builders.reviews import TOKEN
from support.documents import documents
from support.repository import CHART, CRDS, TESTS

HOST = "127.0.0.1"
NAME = "arkrun"
NAMESPACE = "soak"
SECRET = "soak-certs"
READY_SECONDS = 60.0


class SoakEnvironment:
    """A control plane with the CRDs, the chart's configurations, a team and the webhook processes."""

    def __init__(self, replicas: int, leaf_validity: str, settle: str) -> None:
        self.settings = CertificateSettings.model_validate(
            {
                "namespace": NAMESPACE,
                "secret": SECRET,
                "ip_addresses": (HOST,),
                "leaf_validity": leaf_validity,
                "settle": settle,
                "mutating_configurations": (NAME,),
                "validating_configurations": (NAME,),
            }
        )
        self._lives = {"ARKRUN_CERT_LEAF_VALIDITY": leaf_validity, "ARKRUN_CERT_SETTLE": settle}
        self.ports = [_free_port() for _ in range(replicas)]
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self.control_plane = undo.enter_context(ControlPlane(progress=print))
            self._install()
            self.processes = [self._process(port) for port in self.ports]
            for process in self.processes:
                undo.callback(process.stop)
                process.start()
            for process in self.processes:
                process.wait_until(self._all_serve, seconds=READY_SECONDS)
            self._exit = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    def _install(self) -> None:
        self.control_plane.apply_crds(CRDS)
        self.control_plane.kubectl("create", "namespace", NAMESPACE)
        self._apply(team(), "-n", NAMESPACE)
        for template in ("mutating", "validating"):
            self._apply(self._configuration(template))

    def _configuration(self, template: str) -> dict[str, Any]:
        """Build the chart's configuration with each webhook once per replica."""
        arguments = ("template", NAME, str(CHART), "--namespace", NAMESPACE)
        template = f"templates/webhook/{template}.yaml"
        show = ("--show-only", template, f"--set=webhook.url=https://{HOST}:1/{TOKEN}")
        rendered = documents(self.control_plane.helm(*arguments, *show).stdout)[0]
        webhooks = [
            {
                **webhook,
                "name": f"r{number}.{webhook['name']}",
                "clientConfig": {"url": webhook["clientConfig"]["url"].replace(":1/", f":{port}/")},
            }
            for webhook in rendered["webhooks"]
            for number, port in enumerate(self.ports)
        ]
        return {**rendered, "metadata": {"name": NAME}, "webhooks": webhooks}

    def _apply(self, manifest: dict[str, Any], *arguments: str) -> None:
        self.control_plane.kubectl(
            "apply", "--server-side", "-f", "-", *arguments, input=json.dumps(manifest)
        )

    def _process(self, port: int) -> Process:
        environment = {
            **self.control_plane.environment(),
            **self._lives,
            "PYTHONPATH": str(TESTS),
            "ARKRUN_HOST": HOST,
            "ARKRUN_PORT": str(port),
            "ARKRUN_CERT_NAMESPACE": NAMESPACE,
            "ARKRUN_CERT_SECRET": SECRET,
            "ARKRUN_CERT_IP_ADDRESSES": HOST,
            "ARKRUN_PATH_TOKENS": TOKEN,
            "ARKRUN_MUTATING_CONFIGURATION": NAME,
            "ARKRUN_VALIDATING_CONFIGURATION": NAME,
        }
        log = self.control_plane.directory / f"webhook-{port}.log"
        return Process(
            f"webhook {port}", [sys.executable, "-m", "soak.certs.replica"], log=log, environment=environment
        )

    def _all_serve(self) -> bool:
        """Return True if the API server gets answers from every replica."""
        path = f"/apis/arkonis.dev/v1alpha1/namespaces/{NAMESPACE}/arkruns?dryRun=All"
        body = {
            "apiVersion": "arkonis.dev/v1alpha1",
            "kind": "ArkRun",
            "metadata": {"name": "probe"},
            "spec": {"teamRef": "blog"},
        }
        return self.control_plane.api.call("POST", path, json.dumps(body).encode()).status == 201


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
