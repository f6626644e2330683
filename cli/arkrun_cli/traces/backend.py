"""Find the traces of a task in Jaeger or Tempo, over HTTP."""

from __future__ import annotations

import json
import re
import string
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from arkrun_cli.errors import BadInputError, TraceError
from arkrun_cli.traces.jaeger import read_traces
from arkrun_cli.traces.otlp import read_trace
from arkrun_cli.traces.span import Trace
from arkrun_cli.values import as_list, as_objects, as_text

Json = dict[str, Any]

TIMEOUT_SECONDS = 20.0
TASK_TAG = "task.id"
LIMIT = "20"
LOOKBACK_DAYS = 30
DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
EXCERPT_BYTES = 200

# A token of RFC 9110.
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: the headers, which may hold a token, are for the endpoint alone."""

    def redirect_request(self, *_arguments: object) -> None: ...


class Backend:
    """A Jaeger-compatible query service or a Tempo at a URL; which one, its first answer shows."""

    def __init__(self, endpoint: str, headers: Sequence[str] = ()) -> None:
        """Raise BadInputError for a URL or a header that cannot be used."""
        if not _is_url(endpoint):
            raise BadInputError(
                "invalid --endpoint: expected the URL of Jaeger or Tempo, such as http://localhost:16686, "
                "without user, query and fragment"
            )
        self._endpoint = endpoint.rstrip("/")
        self._headers = dict(_header(header) for header in headers)
        self._services: list[str] | None = None
        self._is_tempo = False

    def find(self, task: str) -> list[Trace]:
        """Return the traces with a span of the task. Raises TraceError."""
        if self._services is None and not self._is_tempo:
            self._detect()
        return self._find_in_tempo(task) if self._is_tempo else self._find_in_jaeger(task)

    def _detect(self) -> None:
        answer = self._get("/api/services", allow_missing=True)
        if answer is None:
            self._is_tempo = True
        else:
            self._services = [as_text(name) for name in as_list(answer.get("data"))]

    def _find_in_jaeger(self, task: str) -> list[Trace]:
        traces: dict[str, Trace] = {}
        tags = json.dumps({TASK_TAG: task})
        for service in self._services or ():
            query = urlencode(
                {"service": service, "tags": tags, "limit": LIMIT, "start": _start() * 1_000_000}
            )
            answer = self._get(f"/api/traces?{query}", allow_missing=True) or {}
            traces |= {trace.id: trace for trace in read_traces(answer)}
        return list(traces.values())

    def _find_in_tempo(self, task: str) -> list[Trace]:
        ids = next(filter(None, (self._search_in_tempo(task, *week) for week in _weeks())), [])
        answers = [
            (each, self._get(f"/api/traces/{quote(each, safe='')}", allow_missing=True)) for each in ids
        ]
        return [read_trace(each, answer) for each, answer in answers if answer is not None]

    def _search_in_tempo(self, task: str, start: int, end: int) -> list[str]:
        """Return the ids of the traces between two times, in seconds."""
        # TraceQL compares exactly; `tags=` finds every value that contains the task's.
        query = {"q": f"{{ .{TASK_TAG} = {json.dumps(task)} }}", "limit": LIMIT, "start": start, "end": end}
        answer = self._get(f"/api/search?{urlencode(query)}", allow_missing=True)
        if answer is None:
            raise TraceError(f"{self._endpoint} has neither Jaeger's /api/services nor Tempo's /api/search")
        return [as_text(trace.get("traceID")) for trace in as_objects(answer.get("traces"))]

    def _get(self, path: str, *, allow_missing: bool = False) -> Json | None:
        """Return the object of an answer; None for 404 if that is allowed."""
        request = Request(f"{self._endpoint}{path}", headers={"Accept": "application/json", **self._headers})  # noqa: S310 - the scheme is checked
        try:
            with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as response:
                text = response.read()
        except HTTPError as error:
            if allow_missing and error.code == HTTPStatus.NOT_FOUND:
                error.close()
                return None
            raise TraceError(
                f"the trace backend at {self._endpoint} refused with {error.code}{_reason(error)}"
            ) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            text = (isinstance(reason, OSError) and reason.strerror) or str(reason) or type(error).__name__
            raise TraceError(f"the trace backend at {self._endpoint} does not answer: {text}") from None
        return self._decode(text)

    def _decode(self, text: bytes) -> Json:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict):
            return answer
        raise TraceError(
            f"{self._endpoint} answered with something else than JSON: expected Jaeger's query service or "
            "Tempo, and no login page"
        )


def _is_url(text: str) -> bool:
    """Return True for the URL of a server that requests can be sent to."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_plain = not (parts.username or parts.query or parts.fragment or set(text) & set(string.whitespace))
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def _start() -> int:
    """Return the second from which to search: without one, backends search hours or two days."""
    return int(time.time()) - LOOKBACK_DAYS * DAY_SECONDS


def _weeks() -> Iterator[tuple[int, int]]:
    """Yield the time to search in parts, newest first: Tempo refuses to search more than 168 hours."""
    first, end = _start(), int(time.time())
    while end > first:
        start = max(first, end - WEEK_SECONDS)
        yield start, end
        end = start


def _reason(error: HTTPError) -> str:
    """Return what the backend says about a refusal, unless it is a page."""
    if target := error.headers.get("Location"):
        error.close()
        return f": it redirects to {target}"
    with error:
        try:
            text = error.read(EXCERPT_BYTES).decode(errors="replace").strip()
        except OSError:
            text = ""
    return "" if not text or text.startswith(("<", "{")) else f": {' '.join(text.split())}"


def _header(text: str) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in text.partition(":"))
    if not sign or not _HEADER_NAME.fullmatch(name) or not (value.isprintable() and value.isascii()):
        raise BadInputError("invalid --header: expected NAME:VALUE, such as X-Scope-OrgID:team")
    return name, value
