"""Refusals of runs whose team the API server does not return.

docs/troubleshooting.md is generated from the cause and the cure in each docstring.
"""

from __future__ import annotations

from arkrun_crd.names import GROUP, TEAM_PLURAL
from arkrun_webhook.errors import Refused, TeamNotReadable

RESOURCE = f"{TEAM_PLURAL}.{GROUP}"


def credentials_rejected(namespace: str, name: str) -> Refused:
    """Cause: The webhook's token is expired, revoked, or from another cluster.
    Cure: Restart the pod; outside a cluster, renew the credentials in the kubeconfig.
    """
    problem = "its credentials are not accepted; check its ServiceAccount token or KUBECONFIG"
    return TeamNotReadable(namespace, name, problem)


def read_forbidden(namespace: str, name: str) -> Refused:
    """Cause: The webhook's ClusterRole or its binding was deleted or edited.
    Cure: `helm upgrade` restores the chart's RBAC.
    """
    problem = f'grant its ServiceAccount the verb "get" on {RESOURCE}'
    return TeamNotReadable(namespace, name, problem)


def kind_unknown(namespace: str, name: str) -> Refused:
    """Cause: The ArkTeam CRD is not installed.
    Cure: Install it: `crds.arkteams.enabled=true`, or the operator's chart.
    """
    problem = f"the API server does not know {RESOURCE}; install the ArkTeam CustomResourceDefinition"
    return TeamNotReadable(namespace, name, problem)


def unexpected_status(namespace: str, name: str, status: int) -> Refused:
    """Cause: The API server, or a proxy in front of it, sent an unexpected status.
    Cure: See the API server's log and audit log for the webhook's ServiceAccount.
    """
    problem = f"the API server answered HTTP {status}"
    return TeamNotReadable(namespace, name, problem)


def answer_malformed(namespace: str, name: str) -> Refused:
    """Cause: A proxy in front of the API server sent its own response.
    Cure: Check `proxy-url` of the kubeconfig and HTTPS_PROXY.
    """
    problem = "the API server's answer is not JSON"
    return TeamNotReadable(namespace, name, problem)


def not_sent(namespace: str, name: str, error: Exception) -> Refused:
    """Cause: The webhook's own credentials are unusable: a token or certificate file is missing, or an
        exec plugin failed.
    Cure: Correct what the message names.
    """
    problem = f"no request was sent: {error}"
    return TeamNotReadable(namespace, name, problem)


def team_malformed(namespace: str, name: str, error: Exception) -> Refused:
    """Cause: The ArkTeam CRD of another operator accepted a value of the wrong type.
    Cure: Correct the field that is named.
    """
    problem = f"its spec is malformed: {error}"
    return TeamNotReadable(namespace, name, problem)
