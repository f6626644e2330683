"""Make, keep, rotate and inject a serving certificate and an unguessable path; knows nothing of ArkRun."""

from arkrun_certs.errors import CertificateError
from arkrun_certs.keeper import CertificateKeeper, Health
from arkrun_certs.settings import CertificateMode, CertificateSettings, Duration

__all__ = [
    "CertificateError",
    "CertificateKeeper",
    "CertificateMode",
    "CertificateSettings",
    "Duration",
    "Health",
]
