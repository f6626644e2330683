"""Webhook configurations for the null pair and the peer: the chart's, with another address."""

import json
import time
from collections.abc import Iterable, Sequence

from arkrun_crd.names import RUN_PLURAL
from bench.errors import LoadError
from bench.teams import Json
from bench.variants import metrics
from controlplane import ControlPlane
from support.cluster.installation import CONFIGURATIONS, REGISTRATIONS
from support.rendering import Rendering

ENDPOINTS = {
    "MutatingWebhookConfiguration": "/mutate/arkruns",
    "ValidatingWebhookConfiguration": "/validate/arkruns",
}
CALLED_SECONDS = 30.0


def render(control_plane: ControlPlane, name: str, namespace: str, url: str, bundle: str) -> list[Json]:
    """Render the chart's configurations for runs, for one namespace and the webhook at `url`."""
    objects = Rendering(control_plane.programs / "helm").objects()
    configurations = [each for each in objects if each["kind"] in ENDPOINTS]
    for each in configurations:
        each["metadata"] = {"name": name}
        each["webhooks"] = [hook for hook in each["webhooks"] if _is_of_runs(hook)]
        for hook in each["webhooks"]:
            hook["name"] = f"{name}.{hook['name']}"
            hook["clientConfig"] = {"url": url + ENDPOINTS[each["kind"]], "caBundle": bundle}
            hook["namespaceSelector"] = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return configurations


def register(control_plane: ControlPlane, configurations: Iterable[Json]) -> None:
    """Create the configurations; raises LoadError if one is refused."""
    for each in configurations:
        path = f"{REGISTRATIONS}/{CONFIGURATIONS[each['kind']]}"
        answer = control_plane.api.call("POST", path, json.dumps(each).encode())
        if answer.status != 201:
            raise LoadError(f"{each['kind']}: {answer.message}")


def read(control_plane: ControlPlane, name: str) -> tuple[Json, Json]:
    """Return the mutating and the validating webhook for runs from the configurations of this name."""
    mutating, validating = (
        control_plane.api.call("GET", f"{REGISTRATIONS}/{CONFIGURATIONS[kind]}/{name}").json()["webhooks"]
        for kind in ENDPOINTS
    )
    (mutate,), (validate, *_) = (
        [hook for hook in each if _is_of_runs(hook)] for each in (mutating, validating)
    )
    return mutate, validate


def wait_until_called(
    control_plane: ControlPlane, configurations: Sequence[Json], path: str, run: Json
) -> None:
    """Create a run as a dry run until every webhook was called.

    Raises LoadError if one is not called in time.
    """
    names = {hook["name"] for each in configurations for hook in each["webhooks"]}
    deadline = time.monotonic() + CALLED_SECONDS
    while True:
        answer = control_plane.api.call("POST", f"{path}?dryRun=All", json.dumps(run).encode())
        if answer.status == 201 and names <= metrics.webhooks_called(control_plane):
            return
        if time.monotonic() > deadline:
            raise LoadError(
                f"the API server does not call all of {sorted(names)}: {answer.body.decode()[:300]}"
            )
        time.sleep(0.1)


def _is_of_runs(hook: Json) -> bool:
    return all(RUN_PLURAL in rule["resources"] for rule in hook["rules"])
