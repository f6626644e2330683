"""One log line a fact, as JSON on standard error; also what uvicorn and asyncio have to say."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import structlog

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(level: str, style: Literal["json", "text"]) -> None:
    """Set up structlog and the standard library's logging alike.

    `level` is a name such as "info"; `style` chooses JSON or lines for a person.
    """
    factory: Callable[..., Any]
    if style == "json":
        # Bytes pass by the text layer of standard error, which costs as much as all else of a line.
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
        own, foreign = _json_renderers(_bytes), _json_renderers(_text)
    else:
        factory = structlog.PrintLoggerFactory(sys.stderr)
        own = foreign = _text_renderers()
    threshold = getattr(logging, level.upper())
    structlog.configure(
        processors=[*_SHARED, *own],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *foreign],
        )
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[handler], force=True)


def _json_renderers(dumps: Callable[..., str | bytes]) -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(dumps)]


def _text_renderers() -> list[structlog.typing.Processor]:
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _bytes(event: Any, **_: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


def _text(event: Any, **_: Any) -> str:
    return _bytes(event).decode()
