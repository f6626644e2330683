"""The admission webhook that stamps and proves ArkRun records."""

from arkrun_webhook.deferred import absent, defer

for _package in ("kubernetes", "kubernetes.aio", "uvicorn"):
    defer(_package)
with absent("rich"):  # 3 MB and 0.03 s of each start, for tracebacks in colours
    import structlog as _structlog  # noqa: F401
