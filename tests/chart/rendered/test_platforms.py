"""Platform differences: user ids, networks, and how helm reads numbers."""

from typing import Any

import pytest

from support.documents import documents
from support.rendering import Rendering

pytestmark = pytest.mark.cluster

OPENSHIFT = ("--api-versions", "security.openshift.io/v1")
LARGE = 1_000_680_000
HISTORY = {"history": {"enabled": True}}


def contexts(chart: Rendering, values: dict[str, Any], *more: str) -> list[dict[str, Any]]:
    """Return the security context of every pod, hooks included."""
    found = documents(chart.text(values, more=more))
    pods = [each["spec"]["template"]["spec"] for each in found if each["kind"] in ("Deployment", "Job")]
    return [pod["securityContext"] for pod in pods]


def test_pods_run_as_a_user_other_than_root(chart: Rendering) -> None:
    """This holds for the webhook, the history and the startup check."""
    fixed = {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }

    assert contexts(chart, HISTORY) == [fixed] * 3


@pytest.mark.parametrize(
    ("values", "more"),
    [
        (HISTORY, OPENSHIFT),
        ({**HISTORY, "podSecurityContext": {"runAsUser": None, "runAsGroup": None}}, ()),
    ],
    ids=["openshift", "null"],
)
def test_openshift_chooses_the_user(chart: Rendering, values: dict[str, Any], more: tuple[str, ...]) -> None:
    """The SCC restricted-v2 refuses users outside the namespace's range."""
    assert (
        contexts(chart, values, *more)
        == [{"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}] * 3
    )


def test_a_configured_user_is_used_on_openshift(chart: Rendering) -> None:
    """User ids of a namespace's range are large numbers, which helm reads as floats."""
    values = {"podSecurityContext": {"runAsUser": LARGE, "fsGroup": LARGE}}

    text = chart.text(values, more=OPENSHIFT)

    assert text.count(f"runAsUser: {LARGE}\n") == text.count(f"fsGroup: {LARGE}\n") == 2


def test_large_numbers_of_a_values_file_stay_integers(chart: Rendering) -> None:
    """They are not rendered as 3e+06, which no process parses as an integer."""
    orphans = {
        "graceSeconds": 3_000_000,
        "successfulRunsHistoryLimit": 2_000_000,
        "failedRunsHistoryLimit": 10**6,
    }
    values = {
        "webhook": {"drainSeconds": 1_000_000},
        "startupCheck": {"seconds": 4_000_000},
        "history": {"enabled": True, "orphans": orphans, "leaseSeconds": 5_000_000},
        "metrics": {"prometheusRule": {"enabled": True, "expirySeconds": 2_592_000}},
        "certificates": {"mode": "provided"},
        "podDisruptionBudget": {"maxUnavailable": 6_000_000},
    }

    text = chart.text(values)

    assert "e+0" not in text
    assert "maxUnavailable: 6000000\n" in text
    for number in (1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000):
        assert f'"{number}"' in text
    assert "2592000" in text


@pytest.mark.parametrize(
    ("port", "owner"), [(10250, "the kubelet"), (10256, "kube-proxy"), (6443, "kube-apiserver")]
)
def test_a_port_used_by_the_node_is_refused(chart: Rendering, port: int, owner: str) -> None:
    """With hostNetwork the pod could not bind it; the error names the process that uses the port."""
    refusal = chart.refusal({"hostNetwork": True, "webhook": {"port": port}})

    assert (
        f"webhook.port is {port}, which with hostNetwork=true is the node's port, and there {owner} listens: "
        "set another webhook.port, such as 9443, or hostNetwork=false"
    ) in refusal


def test_the_kubelets_port_is_allowed_in_the_pod_network(chart: Rendering) -> None:
    """Private control planes can often reach only this port."""
    assert "containerPort: 10250" in chart.text({"webhook": {"port": 10250}})
    assert "containerPort: 9443" in chart.text({"hostNetwork": True})


def test_no_address_is_set_so_pods_listen_on_both_families(chart: Rendering) -> None:
    """With an IPv4 address, probes would fail in IPv6-only clusters."""
    assert "HOST" not in chart.text(HISTORY)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("podSecurityContext", {"podSecurityContext": None}),
        ("seal", {"seal": None}),
        ("certificates", {"certificates": None}),
        ("commonLabels", {"commonLabels": None}),
        ("webhook.clientCA", {"webhook": {"clientCA": None}}),
        ("history.orphans", {"history": {"orphans": None}}),
    ],
)
def test_values_of_an_older_chart_alone_are_refused(
    chart: Rendering, path: str, values: dict[str, Any]
) -> None:
    """Helm upgrade --reuse-values gives them; null stands for what they lack."""
    assert (
        f"the values have no {path}: with --reuse-values helm takes those of the last release alone, "
        "without this chart's new ones; use --reset-then-reuse-values"
    ) in chart.refusal(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"podSecurityContext": {"runAsUser": 0}}, "/podSecurityContext/runAsUser"),
        ({"podSecurityContext": {"runAsUser": "1000"}}, "/podSecurityContext/runAsUser"),
        ({"webhook": {"port": 70000}}, "/webhook/port"),
        ({"replicacount": 3}, "replicacount"),
    ],
)
def test_the_schema_names_the_value_that_is_wrong(
    chart: Rendering, values: dict[str, Any], message: str
) -> None:
    """`helm lint --strict` reports the same."""
    from support.repository import CHART  # noqa: PLC0415

    assert message in chart.refusal(values)
    linted = chart.helm(values, "lint", "--strict", str(CHART))
    assert linted.returncode != 0
    assert message in linted.stdout + linted.stderr
