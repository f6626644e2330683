"""The chart, installed, with its webhook as a process beside the API server instead of in a pod.

There is no kubelet here, so the chart is installed in URL mode. The process is what the Deployment would
run: the same arguments, the same environment, the rights of the same ServiceAccount. Overridden is only
what a process outside a pod cannot have: its address, its port, and where it finds the API server.
"""

import json
import os
import socket
import ssl
import sys
import urllib.request
from base64 import b64decode
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from arkrun_crd.names import API_VERSION, GROUP, RESTORED_ANNOTATION, RUN_KIND, RUN_PLURAL, VERSION
from controlplane import Answer, ControlPlane, Process, StartError
from support.builders.reviews import TOKEN
from support.documents import documents
from support.repository import CHART

PROGRAM = Path(sys.executable).with_name("arkrun-webhook")
HOST = "127.0.0.1"
READY_SECONDS = 60.0
START_ATTEMPTS = 3
PORT_TAKEN = "address already in use"
REGISTRATIONS = "/apis/admissionregistration.k8s.io/v1"
CONFIGURATIONS = {
    "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
    "ValidatingWebhookConfiguration": "validatingwebhookconfigurations",
}


class Installation:
    """A release of the chart and its webhook process; `values` are given to helm on top of the URL."""

    def __init__(
        self,
        control_plane: ControlPlane,
        *,
        values: Mapping[str, Any] | None = None,
        release: str = "arkrun",
        namespace: str = "arkrun-system",
        chart: str = str(CHART),
        helm3: bool = False,
    ) -> None:
        self.control_plane = control_plane
        self.helm = control_plane.helm3 if helm3 else control_plane.helm
        self.release = release
        self.namespace = namespace
        self.port = _free_port()
        self._chart = chart
        # No Service whose endpoints lag behind: a process that is told to end may end at once.
        self._values = {"webhook.drainSeconds": 0, **(values or {})}
        self._process: Process | None = None

    def __enter__(self) -> Self:
        self.install("install")
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                self.start_webhook()
                break
            except StartError as error:
                self.stop_webhook()
                # Between our look for a free port and its use, another program may have taken it.
                if PORT_TAKEN not in str(error) or attempt == START_ATTEMPTS:
                    raise
                self.port = _free_port()
                self.install("upgrade")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop_webhook()

    def helm_arguments(self, verb: str) -> list[str]:
        """Build the helm command line that installs the chart for a webhook outside the cluster."""
        where = [verb, self.release, self._chart, "--namespace", self.namespace]
        create = ["--create-namespace"] if verb == "install" else []
        return [*where, *create, "--set", f"webhook.url={self.url}/{TOKEN}", *self._value_arguments]

    @property
    def _value_arguments(self) -> list[str]:
        arguments = []
        for key, value in self._values.items():
            text = value if isinstance(value, str) else json.dumps(value)
            arguments += ["--set-json" if isinstance(value, dict | list) else "--set", f"{key}={text}"]
        return arguments

    def install(self, verb: str) -> str:
        """Install or upgrade the release; returns what helm printed."""
        return self.helm(*self.helm_arguments(verb)).stdout

    @property
    def url(self) -> str:
        """Return the address of the webhook."""
        return f"https://{HOST}:{self.port}"

    @property
    def log(self) -> str:
        """Return the end of the webhook's log."""
        return "" if self._process is None else self._process.tail()

    @property
    def pid(self) -> int | None:
        """The webhook's process id while it runs."""
        return None if self._process is None else self._process.pid

    @property
    def arguments(self) -> list[str]:
        """The arguments of the rendered container."""
        arguments: list[str] = self._container["args"]
        return arguments

    @property
    def overrides(self) -> dict[str, str]:
        """Return the variables that differ from the rendered container outside a pod."""
        return {
            "ARKRUN_HOST": HOST,
            "ARKRUN_PORT": str(self.port),
            "ARKRUN_CERT_IP_ADDRESSES": HOST,
            "ARKRUN_PATH_SECRET": "",
            "ARKRUN_PATH_TOKENS": TOKEN,
            "KUBECONFIG": str(self._kubeconfig),
        }

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the rendered container, with the overrides."""
        rendered = {each["name"]: self._value(each) for each in self._container.get("env", [])}
        return rendered | self.overrides

    def start_webhook(self) -> None:
        """Start the process and wait until the API server gets answers from it."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), **self.environment}
        log = self._kubeconfig.with_name("webhook.log")
        command = [str(PROGRAM), *self.arguments]
        self._process = Process("arkrun-webhook", command, log=log, environment=environment)
        self._process.start()
        self._process.wait_until(self._is_ready, seconds=READY_SECONDS)

    def stop_webhook(self) -> None:
        """End the process; the chart stays installed."""
        if self._process is not None:
            self._process.stop()

    @cached_property
    def _rendered(self) -> list[dict[str, Any]]:
        """All objects of the chart as a cluster would get them, with the Deployment that URL mode omits."""
        where = ("template", self.release, str(CHART), "--namespace", self.namespace)
        text = self.control_plane.helm(*where, *self._value_arguments).stdout
        return documents(text)

    @cached_property
    def _pod(self) -> dict[str, Any]:
        (deployment,) = (each for each in self._rendered if each["kind"] == "Deployment")
        pod: dict[str, Any] = deployment["spec"]["template"]["spec"]
        return pod

    @property
    def _container(self) -> dict[str, Any]:
        (container,) = self._pod["containers"]
        return dict(container)

    def _value(self, variable: dict[str, Any]) -> str:
        """Return the value of a variable; fields of the downward API without a pod."""
        if "value" in variable:
            return str(variable["value"])
        field = variable["valueFrom"]["fieldRef"]["fieldPath"]
        return {"metadata.namespace": self.namespace, "metadata.name": f"{self.release}-process"}[field]

    @cached_property
    def _kubeconfig(self) -> Path:
        """The rights of the chart's own ServiceAccount, so that its RBAC is what is tried."""
        account = self._pod["serviceAccountName"]
        create_token = ("create", "token", account, "-n", self.namespace, "--duration=8h")
        token = self.control_plane.kubectl(*create_token).stdout.strip()
        return self.control_plane.token_kubeconfig(account, token)

    def _is_ready(self) -> bool:
        bundles = [b for kind in CONFIGURATIONS for b in self.ca_bundles(kind)]
        served = all(bundles) and self._says_ready(bundles[0]) and self._api_server_gets_answers()
        return served and self._policies_apply()

    def ca_bundles(self, kind: str) -> list[str]:
        """Return the caBundle of each webhook in the configurations of a kind."""
        names = [each["metadata"]["name"] for each in self._rendered if each["kind"] == kind]
        paths = [f"{REGISTRATIONS}/{CONFIGURATIONS[kind]}/{name}" for name in names]
        found = [self.control_plane.api.call("GET", path).json() for path in paths]
        return [hook["clientConfig"].get("caBundle", "") for each in found for hook in each["webhooks"]]

    def _says_ready(self, bundle: str) -> bool:
        context = ssl.create_default_context(cadata=b64decode(bundle).decode())
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", context=context, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _api_server_gets_answers(self) -> bool:
        """Return True once the API server calls the webhook: it learns of configurations by a watch."""
        return "denied the request" in self.dry_run({"teamRef": "no-such-team"}).message

    def _policies_apply(self) -> bool:
        """Return True once a policy refuses what nothing else refuses; that takes about a second."""
        if all(each["kind"] != "ValidatingAdmissionPolicy" for each in self._rendered):
            return True
        answer = self.dry_run({"agent": "nobody"}, {RESTORED_ANNOTATION: "no"})
        return "ValidatingAdmissionPolicy" in answer.message

    def dry_run(
        self, spec: dict[str, Any], annotations: dict[str, str] | None = None, *, namespace: str = ""
    ) -> Answer:
        """Create a run of this spec as a dry run, in the release's namespace unless another is given."""
        metadata = {"name": "probe", "annotations": annotations or {}}
        probe = {"apiVersion": API_VERSION, "kind": RUN_KIND, "metadata": metadata, "spec": spec}
        where = namespace or self.namespace
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{where}/{RUN_PLURAL}?dryRun=All"
        return self.control_plane.api.call("POST", path, json.dumps(probe).encode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
