"""A webhook configuration as read from the API server: the caBundle and path of each webhook."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from arkrun_certs.errors import MaterialError
from arkrun_certs.pki.x509 import Certificate, load_certificates
from arkrun_certs.settings import CertificateSettings
from arkrun_kube import Object

__all__ = ["Reference", "WebhookConfiguration", "parse_configuration", "references_of"]

_GROUP = "admissionregistration.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Reference:
    """Kind and name of a configuration, which may not exist."""

    kind: str
    name: str

    @property
    def api_version(self) -> str:
        """Return the API group and version."""
        return _GROUP

    @property
    def collection(self) -> str:
        """Return the URL path of all objects of this kind."""
        return f"/apis/{_GROUP}/{self.kind.lower()}s"

    @property
    def path(self) -> str:
        """Return the URL path of the object."""
        return f"{self.collection}/{self.name}"

    def __str__(self) -> str:
        return f'{self.kind} "{self.name}"'


@dataclass(frozen=True, slots=True)
class WebhookConfiguration:
    """The caBundle of every webhook by name, and the path of those that call a Service.

    repr() omits the paths because they are secret.
    """

    reference: Reference
    uid: str
    resource_version: str
    bundles: Mapping[str, bytes]
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)

    def has_bundle(self, bundle: bytes) -> bool:
        """Return True if every webhook has exactly this caBundle."""
        return all(each == bundle for each in self.bundles.values())

    def trusts(self, certificates: Iterable[Certificate]) -> bool:
        """Return True if the caBundle of every webhook contains all of these CAs."""
        expected = set(certificates)
        return all(expected <= set(each) for each in self.authorities())

    def authorities(self) -> tuple[tuple[Certificate, ...], ...]:
        """Parse the CAs of each webhook; an invalid caBundle has none."""
        return tuple(map(_parse_bundle, self.bundles.values()))

    def trusted(self) -> tuple[Certificate, ...]:
        """Return the CAs of all webhooks without duplicates."""
        return tuple(dict.fromkeys(chain.from_iterable(self.authorities())))


def references_of(settings: CertificateSettings) -> tuple[Reference, ...]:
    """Return references to the configurations that the settings name."""
    mutating, validating = settings.mutating_configurations, settings.validating_configurations
    return (
        *(Reference("MutatingWebhookConfiguration", each) for each in mutating),
        *(Reference("ValidatingWebhookConfiguration", each) for each in validating),
    )


def parse_configuration(reference: Reference, configuration: Object) -> WebhookConfiguration:
    """Parse the object that `reference` refers to."""
    metadata = configuration["metadata"]
    webhooks = configuration.get("webhooks") or []
    return WebhookConfiguration(
        reference=reference,
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        bundles={each["name"]: _decode_bundle(each) for each in webhooks},
        paths={
            each["name"]: each["clientConfig"]["service"].get("path") or ""
            for each in webhooks
            if each["clientConfig"].get("service")
        },
    )


def _decode_bundle(webhook: Object) -> bytes:
    try:
        return base64.b64decode(webhook["clientConfig"].get("caBundle") or "")
    except binascii.Error:
        return b""


def _parse_bundle(bundle: bytes) -> tuple[Certificate, ...]:
    try:
        return load_certificates(bundle)
    except MaterialError:
        return ()
