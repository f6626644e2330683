"""`ark trace` against a real Jaeger, fed by OTLP over HTTP."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from cli.program import ARK, Done
from controlplane import Process
from controlplane.programs.cache import cached
from controlplane.programs.tools import JAEGER

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

TRACE = "5b8efff798038103d269b633813fc60c"
TASK = "1710000001-0"
SECOND = 1_000_000_000
LISTENERS = (
    "collector.otlp.grpc",
    "collector.grpc-server",
    "collector.http-server",
    "query.grpc-server",
    "admin.http",
)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def attribute(key: str, value: str | int) -> dict[str, Any]:
    """Build an attribute in OTLP's JSON."""
    return {
        "key": key,
        "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
    }


def span(
    number: int, name: str, parent: int | None, seconds: tuple[float, float], **more: Any
) -> dict[str, Any]:
    """Build a span in OTLP's JSON, which begins and ends so many seconds after the first one."""
    begin, end = (START + int(each * SECOND) for each in seconds)
    return {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        **({"parentSpanId": f"{parent:016x}"} if parent else {}),
        "name": name,
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(end),
        **more,
    }


START = time.time_ns() - 60 * SECOND
SPANS = [
    span(1, "task", None, (0, 12), attributes=[attribute("task.id", TASK)]),
    span(
        2,
        "llm.call",
        1,
        (1, 5.5),
        attributes=[
            attribute("gen_ai.usage.input_tokens", 320),
            attribute("gen_ai.usage.output_tokens", 1240),
        ],
    ),
    span(3, "tool.search", 2, (2, 2.25), status={"code": 2, "message": "no such\x1b[2J index"}),
]


@pytest.fixture(scope="module")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run Jaeger with one trace; return the URL of its query service."""
    program = cached(JAEGER)
    if not program.exists():
        pytest.skip("no Jaeger in the cache: `make jaeger` builds it in some minutes")
    query, otlp, *others = free_ports(2 + len(LISTENERS))
    ports = {
        "query.http-server": query,
        "collector.otlp.http": otlp,
        **dict(zip(LISTENERS, others, strict=True)),
    }
    command = [str(program), *(f"--{name}.host-port=127.0.0.1:{port}" for name, port in ports.items())]
    log = tmp_path_factory.mktemp("jaeger") / "jaeger.log"
    url = f"http://127.0.0.1:{query}"
    process = Process("jaeger", command, log=log, environment={"PATH": os.environ["PATH"]})
    process.start()
    try:
        process.wait_until(lambda: _answers(f"http://127.0.0.1:{ports['admin.http']}/"), seconds=60)
        _send(otlp)
        process.wait_until(lambda: b"ark-agent" in _read(f"{url}/api/services"), seconds=60)
        yield url
    finally:
        process.stop()


def ark_trace(*arguments: str, **environment: str) -> Done:
    """Run `ark trace`, which needs no API server for a task."""
    return subprocess.run(
        [ARK, "trace", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_task_is_shown_as_a_tree_of_spans(jaeger: str) -> None:
    """With durations, tokens and errors, and no character that controls a terminal."""
    done = ark_trace(TASK, "--endpoint", jaeger)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"task {TASK}  trace {TRACE}  12.0s\n"
        "  ark-agent: task  12.0s\n"
        "    ark-agent: llm.call  4.5s  320 tokens in  1240 tokens out\n"
        "      ark-agent: tool.search  250ms  ERROR: no such�[2J index\n"
    )


def test_a_trace_as_json_has_every_attribute(jaeger: str) -> None:
    """The endpoint may come from the environment."""
    done = ark_trace(TASK, "-o", "json", ARK_TRACE_ENDPOINT=jaeger)

    (found,) = json.loads(done.stdout)
    (trace,) = found["traces"]
    assert (found["task"], found["step"], trace["traceID"]) == (TASK, None, TRACE)
    call = trace["spans"][1]
    assert (call["name"], call["depth"], call["durationSeconds"]) == ("llm.call", 1, 4.5)
    assert (call["inputTokens"], call["outputTokens"]) == (320, 1240)
    assert call["attributes"]["gen_ai.usage.input_tokens"] == 320


def test_a_task_without_a_trace_is_an_error(jaeger: str) -> None:
    """It was not sampled, or the backend has deleted it."""
    done = ark_trace("1-1", "--endpoint", f"{jaeger}/")

    assert (done.returncode, done.stdout) == (1, "task 1-1  no trace\n")
    assert done.stderr == (
        "error: the backend has no such trace of the last 30 days: it was not sampled, or is gone\n"
    )


def _send(port: int) -> None:
    resource = {"attributes": [attribute("service.name", "ark-agent")]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {}, "spans": SPANS}]}]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/traces", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def _answers(url: str) -> bool:
    try:
        return bool(_read(url)) or True
    except OSError:
        return False


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return bytes(answer.read())
