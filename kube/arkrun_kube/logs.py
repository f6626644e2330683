"""Logging to standard error, one line per event, those of uvicorn and asyncio included."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

__all__ = ["configure"]


def configure(level: str, style: Literal["json", "text"]) -> None:
    """Configure structlog and the standard library's logging in the same format.

    `level` is a name such as "info"; `style` is "json", or "text" for a terminal.
    """
    context: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
    if style == "text":
        plain = structlog.dev.plain_traceback
        render = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    threshold = getattr(logging, level.upper())
    structlog.configure(
        processors=[*context, *render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=context, processors=[meta, *render])
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)
