"""A replica that SIGKILLs itself after so many writes: `python -m mortal KUBECONFIG SETTINGS PORT N`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from arkrun_certs import CertificateSettings
from arkrun_kube import Client, Object
from replica import Replica

Write = Callable[..., Awaitable[Object]]


class Mortal:
    """Counts the writes that the API server has taken."""

    def __init__(self, writes: int) -> None:
        self._left = writes

    def dying(self, write: Write) -> Write:
        """Wrap one kind of write."""

        async def written(*arguments: object, **keywords: object) -> Object:
            answer = await write(*arguments, **keywords)
            self._left -= 1
            if not self._left:
                print("killed", flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return written


async def live(kubeconfig: str, settings: str, port: str, writes: str) -> None:
    """Serve until death."""
    mortal = Mortal(int(writes))
    for name in ("create", "replace", "apply"):
        setattr(Client, name, mortal.dying(getattr(Client, name)))
    given = CertificateSettings.model_validate_json(settings)
    async with Replica(Path(kubeconfig), given, port=int(port)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
