"""Prometheus metrics.

arkrun_certs_leaf_not_after_timestamp_seconds      expiry of the served leaf, in Unix time
arkrun_certs_ca_not_after_timestamp_seconds        expiry of the CA that signed it
arkrun_certs_last_rotation_timestamp_seconds       when that CA began to sign; for mounted files, when
                                                   the leaf became valid
arkrun_certs_trusted_authorities                   CAs in the bundle; 2 or more during a rotation
arkrun_certs_bundle_in_sync{configuration}         1 if the configuration has the expected caBundle
arkrun_certs_path_in_sync{configuration}           1 if its webhooks call the current admission path
arkrun_certs_actions_total{action}                 actions performed by this process
arkrun_certs_failures_total{reason}                failures by reason: unreachable, forbidden, conflict,
                                                   refused, unauthorized, material, overruled,
                                                   unexpected
arkrun_certs_ready                                 1 if the server is ready
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from arkrun_kube import ConfigError, KubeError

__all__ = ["CertificateMetrics", "failure_reason"]

# Exported as 0 from the start: Prometheus sees no increase when a series first appears with 1.
_REASONS = (
    "conflict",
    "forbidden",
    "material",
    "overruled",
    "refused",
    "unauthorized",
    "unexpected",
    "unreachable",
)


def failure_reason(error: KubeError) -> str:
    """Return the `reason` label of a failed call to the API server."""
    if isinstance(error, ConfigError):
        return "unauthorized"
    return {0: "unreachable", 401: "unauthorized", 403: "forbidden", 409: "conflict"}.get(
        error.status, "refused"
    )


class CertificateMetrics:
    """Register the metrics of this package in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"arkrun_certs_{name}", text, labels, registry=registry)

        self.leaf_not_after = gauge("leaf_not_after_timestamp_seconds", "Expiry of the served leaf.")
        self.ca_not_after = gauge(
            "ca_not_after_timestamp_seconds", "Expiry of the CA that signed the served leaf."
        )
        self.last_rotation = gauge(
            "last_rotation_timestamp_seconds", "Time at which the current CA began to sign."
        )
        self.authorities = gauge("trusted_authorities", "CAs in the bundle.")
        self.in_sync = gauge(
            "bundle_in_sync", "1 if a configuration has the expected caBundle.", "configuration"
        )
        self.path_in_sync = gauge(
            "path_in_sync", "1 if a configuration calls the current admission path.", "configuration"
        )
        self.ready = gauge("ready", "1 if the server is ready.")
        self.actions = Counter("arkrun_certs_actions", "Actions performed.", ["action"], registry=registry)
        self.failures = Counter("arkrun_certs_failures", "Failures by reason.", ["reason"], registry=registry)
        for reason in _REASONS:
            self.failures.labels(reason)
