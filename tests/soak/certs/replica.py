"""`arkrun-webhook serve` with a settle time short enough for many rotations."""

from __future__ import annotations

from datetime import timedelta

from arkrun_certs import CertificateSettings, Duration
from arkrun_webhook.server import run
from arkrun_webhook.settings import Settings


class SoakSettings(Settings):
    """The webhook's settings and the settle time."""

    cert_settle: Duration = timedelta(seconds=1)

    def certificates(self) -> CertificateSettings:
        """Return the settings of the manager with a shorter time to settle."""
        return super().certificates().model_copy(update={"settle": self.cert_settle})


if __name__ == "__main__":
    run(SoakSettings())
