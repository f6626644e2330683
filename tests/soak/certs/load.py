"""Clients that create runs continuously."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from arkrun_crd.names import GROUP, RUN_PLURAL, VERSION
from controlplane import Caller
from support.builders.objects import run

PAUSE_SECONDS = 0.02


class Load:
    """Context manager that creates runs in threads; counts `created` and `failures`."""

    def __init__(self, connect: Callable[[], Caller], namespace: str, clients: int) -> None:
        self.created = 0
        self.failures: list[str] = []
        self.slowest = 0.0
        self._path = f"/apis/{GROUP}/{VERSION}/namespaces/{namespace}/{RUN_PLURAL}"
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(connect(), number)) for number in range(clients)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, api: Caller, client: int) -> None:
        number = 0
        while not self._over.wait(PAUSE_SECONDS):
            number += 1
            body = json.dumps(run(f"run-{client}-{number}")).encode()
            began = time.monotonic()
            try:
                answer = api.call("POST", self._path, body)
            except (OSError, http.client.HTTPException) as error:
                self._count(f"no answer: {error!r}", time.monotonic() - began)
                continue
            failure = "" if answer.status == http.HTTPStatus.CREATED else answer.message
            self._count(failure, time.monotonic() - began)

    def _count(self, failure: str, seconds: float) -> None:
        with self._lock:
            self.slowest = max(self.slowest, seconds)
            if failure:
                self.failures.append(failure)
            else:
                self.created += 1
