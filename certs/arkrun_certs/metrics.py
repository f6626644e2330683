"""What monitoring sees.

arkrun_certs_leaf_not_after_timestamp_seconds      the served leaf's end, Unix time
arkrun_certs_ca_not_after_timestamp_seconds        the end of the CA that signed it
arkrun_certs_last_rotation_timestamp_seconds       when that CA began to sign; of mounted files, when
                                                   the pair began to be valid
arkrun_certs_trusted_authorities                   CAs in the bundle; 2 or more while one is rolled
arkrun_certs_bundle_in_sync{configuration}         1 when its caBundle is the one it should have
arkrun_certs_path_in_sync{configuration}           1 when its webhooks call the current admission path
arkrun_certs_actions_total{action}                 steps taken by this process
arkrun_certs_failures_total{reason}                what failed: unreachable, forbidden, conflict,
                                                   refused, unauthorized, material, overruled,
                                                   unexpected
arkrun_certs_ready                                 what the readiness probe is told
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from arkrun_kube import ConfigError, KubeError

__all__ = ["CertificateMetrics", "failure_reason"]

# There from the start: an increase from nothing to one is none to Prometheus.
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
    """Return the label for what went wrong with the API server."""
    if isinstance(error, ConfigError):
        return "unauthorized"
    return {0: "unreachable", 401: "unauthorized", 403: "forbidden", 409: "conflict"}.get(
        error.status, "refused"
    )


class CertificateMetrics:
    """The package's metrics in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"arkrun_certs_{name}", text, labels, registry=registry)

        self.leaf_not_after = gauge("leaf_not_after_timestamp_seconds", "End of the served leaf.")
        self.ca_not_after = gauge(
            "ca_not_after_timestamp_seconds", "End of the CA that signed the served leaf."
        )
        self.last_rotation = gauge("last_rotation_timestamp_seconds", "When the present CA began to sign.")
        self.authorities = gauge("trusted_authorities", "CAs in the bundle.")
        self.in_sync = gauge(
            "bundle_in_sync", "Whether a configuration has the caBundle that it should.", "configuration"
        )
        self.path_in_sync = gauge(
            "path_in_sync", "Whether a configuration calls the current admission path.", "configuration"
        )
        self.ready = gauge("ready", "Whether the readiness probe is told yes.")
        self.actions = Counter("arkrun_certs_actions", "Steps taken.", ["action"], registry=registry)
        self.failures = Counter("arkrun_certs_failures", "What failed.", ["reason"], registry=registry)
        for reason in _REASONS:
            self.failures.labels(reason)
