"""Logs: JSON objects, one per line, or text for a terminal."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.process

SPEAKERS = """
from arkrun_kube import logs
import logging, sys, structlog

logs.configure("info", sys.argv[1])
log = structlog.get_logger("arkrun_webhook").bind(webhook="validate-arkruns")
log.debug("unheard")
log.info("admission", uid="a", changed=("spec.output",), odd={1})
try:
    raise ValueError("broken")
except ValueError as error:
    log.error("a fault", exc_info=error)
    logging.getLogger("uvicorn.error").exception("Exception in %s", "ASGI")
logging.getLogger("asyncio").warning("slow")
logging.getLogger("asyncio").info("unheard")
"""


def said(style: str) -> list[str]:
    """Run the loggers in a process and return its lines of standard error."""
    command = [sys.executable, "-W", "error", "-c", SPEAKERS, style]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()


def test_each_line_is_an_object_with_level_and_time() -> None:
    """Lines of libraries have the same format; a traceback is a field."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in said("json")]
    times = [datetime.fromisoformat(line.pop("timestamp")) for line in lines]
    tracebacks = [line.pop("exception").splitlines() for line in lines[1:3]]

    assert lines == [
        {
            "webhook": "validate-arkruns",
            "event": "admission",
            "level": "info",
            "uid": "a",
            "changed": ["spec.output"],
            "odd": "{1}",
        },
        {"webhook": "validate-arkruns", "event": "a fault", "level": "error"},
        {"event": "Exception in ASGI", "level": "error"},
        {"event": "slow", "level": "warning"},
    ]
    assert [(one[0], one[-1]) for one in tracebacks] == [
        ("Traceback (most recent call last):", "ValueError: broken")
    ] * 2
    assert all(timedelta(0) <= datetime.now(UTC) - time < timedelta(minutes=1) for time in times)


def test_the_text_format_has_the_same_content() -> None:
    """Values follow the event, and a traceback has lines of its own."""
    lines = said("text")

    assert [line.partition("[")[2].split() for line in lines if "[" in line] == [
        [
            "info",
            "]",
            "admission",
            "changed=('spec.output',)",
            "odd={1}",
            "uid=a",
            "webhook=validate-arkruns",
        ],
        ["error", "]", "a", "fault", "webhook=validate-arkruns"],
        ["error", "]", "Exception", "in", "ASGI"],
        ["warning", "]", "slow"],
    ]
    assert lines.count("ValueError: broken") == 2
