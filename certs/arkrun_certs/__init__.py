"""Issue, rotate and inject a serving certificate and an unguessable webhook path; independent of ArkRun."""

from arkrun_certs.errors import CertificateError
from arkrun_certs.manager import CertificateManager, Health
from arkrun_certs.settings import CertificateMode, CertificateSettings, Duration

__all__ = [
    "CertificateError",
    "CertificateManager",
    "CertificateMode",
    "CertificateSettings",
    "Duration",
    "Health",
]
