"""The CA of client certificates in a file, read again when it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from arkrun_certs.context import LiveContext
from arkrun_certs.decision import Action, Decision
from arkrun_certs.errors import MaterialError
from arkrun_certs.inject import Watch

__all__ = ["ClientAuthority"]

_log = structlog.get_logger(__name__)


class ClientAuthority:
    """Makes a context verify the certificates that clients choose to show.

    A file that cannot be used leaves the last good one in force.
    """

    def __init__(
        self, file: Path, context: LiveContext, *, poll: timedelta, clock: Callable[[], datetime]
    ) -> None:
        self._file = file
        self._context = context
        self._poll = poll
        self._clock = clock
        self._loaded = b""
        self.problem = "starting"

    @property
    def loaded(self) -> bool:
        """Whether clients can be verified."""
        return bool(self._loaded)

    def watches(self) -> tuple[Watch, ...]:
        """Return no stream: files are polled."""
        return ()

    async def reconcile(self) -> Decision:
        """Load the file if it has changed."""
        try:
            pem = self._file.read_bytes()
            if pem != self._loaded:
                self._context.verify_clients(pem)
                self._loaded = pem
                _log.info("client CA", action="load")
            self.problem = ""
        except (OSError, MaterialError) as error:
            problem = f"{self._file}: {error}" if isinstance(error, MaterialError) else str(error)
            if self.problem != problem:
                _log.error("client CA", action="retry", reason=problem)
            self.problem = problem
        return Decision(Action.NONE, "the client CA is loaded", self._clock() + self._poll)
