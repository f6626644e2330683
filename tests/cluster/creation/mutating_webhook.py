"""Another mutating webhook, which applies the same JSON patch to every run of a namespace."""

import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from controlplane import ControlPlane

HOST = "127.0.0.1"
PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


class _Handler(BaseHTTPRequestHandler):
    patch: bytes

    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"uid": review["request"]["uid"], "allowed": True, "patchType": "JSONPatch"}
        answer["patch"] = b64encode(self.patch).decode()
        body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": answer})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Discard the log."""


@contextmanager
def mutating(control_plane: ControlPlane, namespace: str, patch: list[dict[str, Any]]) -> Iterator[None]:
    """Serve and register the webhook; its name sorts after ours, so it is called later."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    handler = type("Handler", (_Handler,), {"patch": json.dumps(patch).encode()})
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        name = f"zz-{namespace}"
        body = _configuration(name, namespace, server.server_port, authority.cert_pem.bytes())
        made = control_plane.api.call("POST", PATH, json.dumps(body).encode())
        assert made.status == 201, made.body
        try:
            yield
        finally:
            control_plane.api.call("DELETE", f"{PATH}/{name}")
            server.shutdown()
            thread.join()


def _configuration(name: str, namespace: str, port: int, bundle: bytes) -> dict[str, Any]:
    rule = {
        "apiGroups": [GROUP],
        "apiVersions": [VERSION],
        "operations": ["CREATE"],
        "resources": [RUN_PLURAL],
    }
    hook = {
        "name": "later.example.com",
        "clientConfig": {"url": f"https://{HOST}:{port}/", "caBundle": b64encode(bundle).decode()},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [hook],
    }
