"""Fields of existing webhook configurations, by server-side apply with a manager of our own for each.

An apply takes away what its manager set before and leaves out now. So caBundle and path have a manager each:
whoever writes one of them, be it an older replica or the command line, leaves the other alone.

RBAC that this module needs, for each kind whose names are given:

    - apiGroups: [admissionregistration.k8s.io]
      resources: [mutatingwebhookconfigurations]       # or validatingwebhookconfigurations
      resourceNames: [NAME]
      verbs: [get, watch, patch]

No verb `create`: an apply that finds no object would otherwise make one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import structlog

from arkrun_certs.errors import MaterialError
from arkrun_certs.metrics import CertificateMetrics
from arkrun_certs.settings import CertificateSettings
from arkrun_certs.x509 import Certificate, load_certificates
from arkrun_kube import METADATA, Client, ConflictError, Event, KubeError, NotFoundError, Object

__all__ = [
    "ClientConfigs",
    "Configurations",
    "Live",
    "Reference",
    "Watch",
    "bundle_configurations",
    "references_of",
    "with_bundle",
    "with_paths",
]

Watch = Callable[[], AsyncIterator[Event[Object]]]
"""A stream of events, each of which is a reason to look again."""

ClientConfigs = Mapping[str, Object]
"""Fields of `clientConfig` by the name of the webhook."""

_GROUP = "admissionregistration.k8s.io/v1"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reference:
    """One configuration that shall trust us, whether it exists or not."""

    kind: str
    name: str

    @property
    def collection(self) -> str:
        """The path of all objects of this kind."""
        return f"/apis/{_GROUP}/{self.kind.lower()}s"

    @property
    def path(self) -> str:
        """The path of the object."""
        return f"{self.collection}/{self.name}"

    def __str__(self) -> str:
        return f'{self.kind} "{self.name}"'


@dataclass(frozen=True, slots=True)
class Live:
    """A configuration as it was read: the caBundle of every webhook, and the path where it has a Service.

    Paths are left out of repr(): whoever knows them can call the webhook.
    """

    reference: Reference
    uid: str
    version: str
    bundles: Mapping[str, bytes]
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)

    def holds(self, bundle: bytes) -> bool:
        """Whether every webhook has exactly this caBundle."""
        return all(each == bundle for each in self.bundles.values())

    def trusts(self, certificates: Iterable[Certificate]) -> bool:
        """Whether every webhook's caBundle contains all of these."""
        wanted = set(certificates)
        return all(wanted <= set(each) for each in self.authorities())

    def authorities(self) -> tuple[tuple[Certificate, ...], ...]:
        """Read the CAs of each webhook; a bundle that makes no sense trusts nobody."""
        return tuple(map(_certificates, self.bundles.values()))

    def trusted(self) -> tuple[Certificate, ...]:
        """Read every CA in any of the bundles, once."""
        return tuple(dict.fromkeys(chain.from_iterable(self.authorities())))


class Configurations:
    """Reads configurations, and applies one `what` of their webhooks as `manager`; never creates one."""

    def __init__(
        self,
        client: Client,
        references: tuple[Reference, ...],
        *,
        manager: str,
        what: str,
        metrics: CertificateMetrics,
    ) -> None:
        self._client = client
        self._metrics = metrics
        self._manager = manager
        self._what = what
        self.references = references

    async def read(self) -> tuple[Live, ...]:
        """Read those that exist, each with quorum."""
        found = []
        for reference in self.references:
            try:
                found.append(_live(reference, await self._client.get(reference.path)))
            except NotFoundError:
                continue
        return tuple(found)

    async def inject(self, wanted: Iterable[tuple[Live, ClientConfigs]]) -> None:
        """Apply these fields of `clientConfig`; what fails for one is raised when all had their turn."""
        failed: list[KubeError] = []
        for live, configs in wanted:
            try:
                await self._apply(live, configs)
            except KubeError as error:
                failed.append(error)
        if failed:
            raise failed[0]

    async def _apply(self, live: Live, configs: ClientConfigs) -> None:
        """Apply, unless the configuration changed since it was read.

        The uid keeps a deleted configuration from being created again, the version keeps an older value
        from overwriting a newer one. Another manager in the way is logged by name, then overruled.
        """
        body = _patch(live, configs)
        try:
            await self._client.apply(live.reference.path, body, manager=self._manager, force=False)
        except ConflictError as error:
            if not error.managers:
                raise
            managers = ", ".join(dict.fromkeys(error.managers))
            self._metrics.failures.labels("overruled").inc()
            _log.warning(
                f"another manager set the {self._what}, overruling it",
                configuration=str(live.reference),
                manager=managers,
            )
            await self._client.apply(live.reference.path, body, manager=self._manager, force=True)

    def watches(self) -> tuple[Watch, ...]:
        """Give one stream of events for each configuration."""
        return tuple(
            partial(self._client.watch, each.collection, model=Object, accept=METADATA, name=each.name)
            for each in self.references
        )


def references_of(settings: CertificateSettings) -> tuple[Reference, ...]:
    """List the configurations that the settings name."""
    mutating, validating = settings.mutating_configurations, settings.validating_configurations
    return (
        *(Reference("MutatingWebhookConfiguration", each) for each in mutating),
        *(Reference("ValidatingWebhookConfiguration", each) for each in validating),
    )


def bundle_configurations(
    client: Client, settings: CertificateSettings, metrics: CertificateMetrics
) -> Configurations:
    """Return the configurations whose caBundle is ours; none where somebody else injects it."""
    references = references_of(settings) if settings.inject_ca else ()
    return Configurations(
        client, references, manager=settings.field_manager, what="caBundle", metrics=metrics
    )


def with_bundle(live: Live, bundle: bytes) -> ClientConfigs:
    """Return the fields that give every webhook this caBundle."""
    encoded = base64.b64encode(bundle).decode()
    return {name: {"caBundle": encoded} for name in live.bundles}


def with_paths(paths: Mapping[str, str]) -> ClientConfigs:
    """Return the fields that make each of these webhooks call its path."""
    return {name: {"service": {"path": path}} for name, path in paths.items()}


def _live(reference: Reference, configuration: Object) -> Live:
    metadata = configuration["metadata"]
    webhooks = configuration.get("webhooks") or []
    return Live(
        reference=reference,
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        bundles={each["name"]: _bundle(each) for each in webhooks},
        paths={
            each["name"]: each["clientConfig"]["service"].get("path") or ""
            for each in webhooks
            if each["clientConfig"].get("service")
        },
    )


def _bundle(webhook: Object) -> bytes:
    try:
        return base64.b64decode(webhook["clientConfig"].get("caBundle") or "")
    except binascii.Error:
        return b""


def _patch(live: Live, configs: ClientConfigs) -> Object:
    """Build the apply: webhooks merge by name, and what is left out stays as others set it."""
    return {
        "apiVersion": _GROUP,
        "kind": live.reference.kind,
        "metadata": {"name": live.reference.name, "uid": live.uid, "resourceVersion": live.version},
        "webhooks": [{"name": name, "clientConfig": config} for name, config in configs.items()],
    }


def _certificates(bundle: bytes) -> tuple[Certificate, ...]:
    try:
        return load_certificates(bundle)
    except MaterialError:
        return ()
