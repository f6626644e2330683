"""The API server as seen from a terminal: JSON in and out, with the user's own credentials."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from arkrun_cli.errors import ConflictError, NoClusterError, NotFoundError, RefusedError
from arkrun_crd.names import GROUP, RUN_PLURAL, TEAM_PLURAL, VERSION

if TYPE_CHECKING:
    from kubernetes.client import Configuration
    from urllib3 import BaseHTTPResponse

Json = dict[str, Any]

ANSWER_SECONDS = 60.0
CONNECT_SECONDS = 10.0
# Bookmarks arrive every minute; a stream that is silent for longer is dead.
WATCH_SILENCE_SECONDS = 90.0
FIELD_MANAGER = "ark"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Cluster:
    """One API server and the namespace that is meant when none is given.

    Every call raises NoClusterError when nobody answers, and RefusedError (or a child) when the answer is no.
    """

    def __init__(self, configuration: Configuration, namespace: str) -> None:
        from kubernetes.client.rest import RESTClientObject  # noqa: PLC0415 - `ark --help` needs no client

        self.namespace = namespace
        self._configuration = configuration
        self._pool = RESTClientObject(configuration).pool_manager

    @classmethod
    def connect(cls, *, kubeconfig: str | None, context: str | None, namespace: str | None) -> Cluster:
        """Read the configuration as kubectl does: flags, $KUBECONFIG, the pod's own, ~/.kube/config.

        Raises NoClusterError when there is none, or when it does not hold `context`.
        """
        from kubernetes import config  # noqa: PLC0415 - as above
        from kubernetes.client import Configuration  # noqa: PLC0415

        configuration = Configuration()
        if _in_pod(kubeconfig, context):
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            return cls(configuration, namespace or _pod_namespace())
        try:
            config.load_kube_config(kubeconfig, context, configuration, False)  # type: ignore[no-untyped-call]
            contexts, active = config.list_kube_config_contexts(kubeconfig)  # type: ignore[no-untyped-call]
        except (config.ConfigException, OSError) as error:
            raise NoClusterError(f"no cluster to talk to: {error}; set KUBECONFIG or --kubeconfig") from error
        chosen = next((each for each in contexts if each["name"] == context), active)
        return cls(configuration, namespace or chosen["context"].get("namespace") or "default")

    def runs(self, namespace: str, name: str = "", subresource: str = "") -> str:
        """Give the path of a namespace's runs, or of one run; namespace `""` means all."""
        return _path(namespace, RUN_PLURAL, name, subresource)

    def teams(self, namespace: str, name: str = "") -> str:
        """Give the path of a namespace's teams, or of one team."""
        return _path(namespace, TEAM_PLURAL, name)

    def get(self, path: str, *, accept: str = "application/json", **query: str | int) -> Json:
        """Read an object or a list; `accept` may ask for a Table."""
        return self._call("GET", path, query=query, accept=accept)

    def create(self, path: str, body: Json, *, dry_run: bool = False) -> Json:
        """Create an object; with `dry_run` the API server does all of it but the storing."""
        query = {"fieldManager": FIELD_MANAGER} | ({"dryRun": "All"} if dry_run else {})
        return self._call("POST", path, query=query, body=body)

    def merge(self, path: str, patch: Json) -> Json:
        """Apply a JSON merge patch (RFC 7386)."""
        query = {"fieldManager": FIELD_MANAGER}
        return self._call("PATCH", path, query=query, body=patch, content_type="application/merge-patch+json")

    def delete(self, path: str, *, uid: str) -> None:
        """Delete the object with this uid and no other that may have taken its name."""
        self._call("DELETE", path, body={"preconditions": {"uid": uid}})

    def watch(self, path: str, *, seconds: float, **query: str | int) -> Iterator[Json]:
        """Yield watch events (with bookmarks) for at most `seconds`; the caller begins anew when it ends."""
        asked: dict[str, str | int] = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": max(1, int(seconds)),
        }
        silence = min(seconds, WATCH_SILENCE_SECONDS)
        response = self._send("GET", path, query=asked | query, read_seconds=silence)
        try:
            yield from map(json.loads, _lines(response))
        except _transport_errors():
            return
        finally:
            response.close()

    def _call(self, method: str, path: str, **arguments: Any) -> Json:
        response = self._send(method, path, read_seconds=ANSWER_SECONDS, **arguments)
        try:
            return json.loads(response.data)  # type: ignore[no-any-return]
        except ValueError as error:
            raise self._silent(error) from error
        except _transport_errors() as error:
            raise self._silent(error) from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        read_seconds: float,
        query: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        accept: str = "application/json",
        content_type: str = "application/json",
    ) -> BaseHTTPResponse:
        from urllib3 import Timeout  # noqa: PLC0415 - as above

        url = self._configuration.host + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": accept, "Content-Type": content_type, "User-Agent": "ark"} | self._credentials()
        try:
            response: BaseHTTPResponse = self._pool.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers=headers,
                timeout=Timeout(connect=CONNECT_SECONDS, read=read_seconds),
                retries=False,
                preload_content=False,
            )
            if response.status >= 400:  # noqa: PLR2004 - HTTP's own line
                raise _refused(response.status, response.data)
        except _transport_errors() as error:
            raise self._silent(error) from error
        return response

    def _credentials(self) -> dict[str, str]:
        """Ask at each request: exec plugins and service accounts renew their tokens."""
        token = self._configuration.get_api_key_with_prefix("BearerToken", "authorization")
        if token:
            return {"Authorization": token}
        basic = self._configuration.get_basic_auth_token() if self._configuration.username else None
        return {"Authorization": basic} if basic else {}

    def _silent(self, error: Exception) -> NoClusterError:
        return NoClusterError(f"the API server at {self._configuration.host} does not answer: {error}")


def _path(namespace: str, plural: str, name: str, subresource: str = "") -> str:
    where = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    tail = "".join(f"/{quote(part, safe='')}" for part in (name, subresource) if part)
    return f"/apis/{GROUP}/{VERSION}{where}/{plural}{tail}"


def _in_pod(kubeconfig: str | None, context: str | None) -> bool:
    asked = kubeconfig or context or os.environ.get("KUBECONFIG")
    return bool(os.environ.get("KUBERNETES_SERVICE_HOST")) and not asked


def _pod_namespace() -> str:
    file = SERVICE_ACCOUNT / "namespace"
    return file.read_text().strip() if file.exists() else "default"


def _transport_errors() -> tuple[type[Exception], ...]:
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

    return (HTTPError, OSError)


def _lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    while chunk := response.read1():
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def _refused(code: int, body: bytes) -> RefusedError:
    try:
        status = json.loads(body)
        reason, message = str(status["reason"]), str(status["message"])
    except (ValueError, KeyError, TypeError):
        reason, message = f"HTTP {code}", body.decode(errors="replace").strip()[:256]
    kind = {404: NotFoundError, 409: ConflictError}.get(code, RefusedError)
    return kind(code, reason, message)
