"""The CAs of client certificates: read from a file and reloaded when it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from arkrun_certs.cluster.injector import Watch
from arkrun_certs.errors import MaterialError
from arkrun_certs.pki.context import ReloadableContext
from arkrun_certs.rotation.decision import Action, Decision

__all__ = ["ClientCAReconciler"]

_log = structlog.get_logger(__name__)


class ClientCAReconciler:
    """Verify client certificates against the CAs in a file; an invalid file leaves the last CAs in force."""

    def __init__(
        self, file: Path, context: ReloadableContext, *, poll: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._file = file
        self._context = context
        self._poll = poll
        self._clock = clock
        self._pem = b""
        self.problem = "starting"

    @property
    def loaded(self) -> bool:
        """Return True if client certificates can be verified."""
        return bool(self._pem)

    def watches(self) -> tuple[Watch, ...]:
        """Return no streams: the file is polled."""
        return ()

    async def reconcile(self) -> Decision:
        """Load the file if it has changed."""
        try:
            pem = self._file.read_bytes()
            if pem != self._pem:
                self._context.verify_clients(pem)
                self._pem = pem
                _log.info("client CA", action="load")
            self.problem = ""
        except (OSError, MaterialError) as error:
            problem = f"{self._file}: {error}" if isinstance(error, MaterialError) else str(error)
            if self.problem != problem:
                _log.error("client CA", action="retry", reason=problem)
            self.problem = problem
        return Decision(Action.NONE, "the client CA is loaded", self._clock() + self._poll)
