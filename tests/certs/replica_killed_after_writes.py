"""A replica that kills itself after N writes; arguments: KUBECONFIG SETTINGS PORT N."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from arkrun_certs import CertificateSettings
from arkrun_kube import Client, Object
from support.certs.replica import Replica

Write = Callable[..., Awaitable[Object]]


class WriteLimit:
    """Kill the process after a number of successful writes."""

    def __init__(self, writes: int) -> None:
        self._left = writes

    def count(self, write: Write) -> Write:
        """Wrap a method that writes."""

        async def written(*arguments: object, **keywords: object) -> Object:
            answer = await write(*arguments, **keywords)
            self._left -= 1
            if not self._left:
                print("killed", flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return written


async def run(kubeconfig: str, settings: str, port: str, writes: str) -> None:
    """Serve until the limit is reached."""
    limit = WriteLimit(int(writes))
    for name in ("create", "replace", "apply"):
        setattr(Client, name, limit.count(getattr(Client, name)))
    given = CertificateSettings.model_validate_json(settings)
    async with Replica(Path(kubeconfig), given, port=int(port)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
