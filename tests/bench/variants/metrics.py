"""Metrics of the API server: calls of webhooks and reads of teams."""

import re
from collections.abc import Iterator

from arkrun_crd.names import TEAM_PLURAL
from controlplane import ControlPlane

_CALLS = "apiserver_admission_webhook_request_total"
_REQUESTS = "apiserver_request_total"


def webhooks_called(control_plane: ControlPlane) -> set[str]:
    """Return the names of the webhooks that were called."""
    return {labels["name"] for labels, _ in _series(control_plane, _CALLS) if labels["code"] == "200"}


def team_reads(control_plane: ControlPlane) -> float:
    """Return the number of reads of single teams so far, by any client."""
    wanted = {"resource": TEAM_PLURAL, "verb": "GET"}.items()
    return sum(value for labels, value in _series(control_plane, _REQUESTS) if wanted <= labels.items())


def _series(control_plane: ControlPlane, metric: str) -> Iterator[tuple[dict[str, str], float]]:
    text = control_plane.api.call("GET", "/metrics").body.decode()
    for labels, value in re.findall(rf"^{metric}{{(.*)}} (\S+)$", text, re.MULTILINE):
        yield dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)
