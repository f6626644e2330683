"""Injection of caBundle and path into existing webhook configurations by server-side apply.

An apply removes the fields that its manager set before and now omits. Each field therefore has its own
manager: writers of one field, such as older replicas or the command line, never remove the other.

Required RBAC for each kind with configured names:

    - apiGroups: [admissionregistration.k8s.io]
      resources: [mutatingwebhookconfigurations]       # or validatingwebhookconfigurations
      resourceNames: [NAME]
      verbs: [get, watch, patch]

Without the verb `create`, an apply can never create a configuration.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import partial

import structlog

from arkrun_certs.cluster.configuration import (
    Reference,
    WebhookConfiguration,
    parse_configuration,
    references_of,
)
from arkrun_certs.metrics import CertificateMetrics, failure_reason
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import METADATA, ApiError, Client, ConflictError, Event, KubeError, NotFoundError, Object

__all__ = ["ClientConfigs", "Injector", "Watch", "bundle_fields", "bundle_injector", "path_fields"]

Watch = Callable[[], AsyncIterator[Event[Object]]]
"""Opens a stream of events, each of which triggers a reconciliation."""

ClientConfigs = Mapping[str, Object]
"""Fields of `clientConfig` by webhook name."""

_log = structlog.get_logger(__name__)


class Injector:
    """Read configurations and apply one `field` of their webhooks as `manager`; never create one."""

    def __init__(
        self,
        client: Client,
        references: tuple[Reference, ...],
        *,
        manager: str,
        field: str,
        metrics: CertificateMetrics,
    ) -> None:
        self._client = client
        self._metrics = metrics
        self._manager = manager
        self._field = field
        self.references = references

    async def read(self) -> tuple[WebhookConfiguration, ...]:
        """Read the configurations that exist, each with a quorum read."""
        configurations = []
        for reference in self.references:
            try:
                configurations.append(parse_configuration(reference, await self._client.get(reference.path)))
            except NotFoundError:
                continue
        return tuple(configurations)

    async def read_if_permitted(self) -> tuple[tuple[WebhookConfiguration, ...], str]:
        """Read the configurations, or return none and the reason why the API server refused.

        Raises KubeError if the API server does not answer.
        """
        try:
            return await self.read(), ""
        except ApiError as error:
            if not error.status:
                raise
            self._metrics.failures.labels(failure_reason(error)).inc()
            return (), f"the configurations cannot be read: {error}"

    async def inject(self, updates: Iterable[tuple[WebhookConfiguration, ClientConfigs]]) -> None:
        """Apply all updates, then raise the first error if any failed."""
        errors: list[KubeError] = []
        for configuration, fields in updates:
            try:
                await self._apply(configuration, fields)
            except KubeError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    async def _apply(self, configuration: WebhookConfiguration, fields: ClientConfigs) -> None:
        """Apply the fields unless the configuration has changed since it was read.

        The uid prevents recreating a deleted configuration, the resourceVersion overwriting a newer value.
        If another manager owns the field, log its name and take the field over.
        """
        path, body = configuration.reference.path, _apply_body(configuration, fields)
        try:
            await self._client.apply(path, body, manager=self._manager, force=False)
        except ConflictError as error:
            if not error.managers:
                raise
            self._metrics.failures.labels("overruled").inc()
            _log.warning(
                f"another manager set the {self._field}, overruling it",
                configuration=str(configuration.reference),
                manager=", ".join(dict.fromkeys(error.managers)),
            )
            await self._client.apply(path, body, manager=self._manager, force=True)

    def watches(self) -> tuple[Watch, ...]:
        """Return one stream of events for each configuration."""
        return tuple(
            partial(self._client.watch, each.collection, model=Object, accept=METADATA, name=each.name)
            for each in self.references
        )


def bundle_injector(client: Client, settings: CertificateSettings, metrics: CertificateMetrics) -> Injector:
    """Return the injector of caBundle, without configurations if another tool injects it."""
    references = references_of(settings) if settings.inject_ca else ()
    return Injector(client, references, manager=settings.field_manager, field="caBundle", metrics=metrics)


def bundle_fields(configuration: WebhookConfiguration, bundle: bytes) -> ClientConfigs:
    """Return the fields that set this caBundle on every webhook."""
    encoded = base64.b64encode(bundle).decode()
    return {name: {"caBundle": encoded} for name in configuration.bundles}


def path_fields(paths: Mapping[str, str]) -> ClientConfigs:
    """Return the fields that set the path of each of these webhooks."""
    return {name: {"service": {"path": path}} for name, path in paths.items()}


def _apply_body(configuration: WebhookConfiguration, fields: ClientConfigs) -> Object:
    """Build the body of an apply; webhooks are merged by name, and omitted fields keep their values."""
    reference = configuration.reference
    return {
        "apiVersion": reference.api_version,
        "kind": reference.kind,
        "metadata": {
            "name": reference.name,
            "uid": configuration.uid,
            "resourceVersion": configuration.resource_version,
        },
        "webhooks": [{"name": name, "clientConfig": config} for name, config in fields.items()],
    }
