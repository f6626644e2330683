"""The time from the start of a webhook process to the first 200 of /readyz."""

import time
from collections.abc import Callable
from time import perf_counter

from bench.errors import LoadError
from bench.variants.site import Site
from bench.variants.webhooks import READY_SECONDS, Webhook

_POLL_SECONDS = 0.005


def ready_seconds(made: Site, times: int, progress: Callable[[str], None]) -> dict[str, list[float]]:
    """Start a second process of each webhook, in turns; raises LoadError if one is not ready in time."""
    seconds: dict[str, list[float]] = {name: [] for name in made.programs}
    for number in range(times):
        for name, program in made.programs.items():
            seconds[name].append(_ready(Webhook(f"{name}-again-{number}", program, made.folder)))
    progress(f"bench: started each webhook {times} times")
    return seconds


def _ready(webhook: Webhook) -> float:
    started = perf_counter()
    webhook.launch()
    try:
        while not webhook.is_ready():
            if perf_counter() - started > READY_SECONDS:
                raise LoadError(f"{webhook.url}/readyz did not answer 200 in {READY_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)
        return perf_counter() - started
    finally:
        webhook.stop()
