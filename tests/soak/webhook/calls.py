"""An endless stream of requests of every kind, to find memory leaks."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from attack.changes import CHANGES, changed
from support.builders.reviews import review_document, run_document, team_document, with_token

MUTATE, VALIDATE, TEAMS = "/mutate/arkruns", "/validate/arkruns", "/validate/arkteams"
PATHS = (MUTATE, VALIDATE, TEAMS)


class Calls:
    """Random raw HTTP requests, reproducible by seed, with new names in each."""

    def __init__(self, seed: str, *, namespace: str, team: str, spec: dict[str, Any]) -> None:
        self._rng = Random(seed)
        self._namespace = namespace
        self._team = team
        self._stored = run_document({"arkonis.dev/team": team}, **{**spec, "teamRef": team})

    def __iter__(self) -> Iterator[bytes]:
        """Yield requests endlessly."""
        kinds = (
            self._create_run,
            self._update_run,
            self._change_run,
            self._create_run_of_missing_team,
            self._create_team,
            self._malformed,
        )
        while True:
            yield self._rng.choice(kinds)()

    def _create_run(self) -> bytes:
        run = run_document(teamRef=self._team, input={self._word(): self._word()})
        return self._review(self._rng.choice((MUTATE, VALIDATE)), run)

    def _update_run(self) -> bytes:
        return self._review(VALIDATE, self._stored, old=self._stored, operation="UPDATE")

    def _change_run(self) -> bytes:
        spec = changed(self._rng, self._rng.choice(list(CHANGES)), self._stored["spec"])
        after = {**self._stored, "spec": {**spec, self._word(): self._word()}}
        return self._review(VALIDATE, after, old=self._stored, operation="UPDATE")

    def _create_run_of_missing_team(self) -> bytes:
        return self._review(MUTATE, run_document(teamRef=f"no-{self._rng.randrange(10**9)}"))

    def _create_team(self) -> bytes:
        name = self._word()
        step = {
            "role": self._rng.choice((name, self._word())),
            "if": f"{{{{ .steps.{self._word()}.output }}}}",
        }
        document = team_document(roles=[{"name": name}], pipeline=[step])
        return self._review(TEAMS, document, kind="ArkTeam")

    def _malformed(self) -> bytes:
        path = self._rng.choice((*PATHS, f"/{self._word()}"))
        if self._rng.random() < 0.5:
            return request(path, self._rng.randbytes(self._rng.randrange(1, 300)))
        body = json.dumps(review_document(run_document(), operation=self._word())).encode()
        return request(path, body, content_type=self._rng.choice(("text/plain", "application/json")))

    def _review(self, path: str, document: dict[str, Any], **options: Any) -> bytes:
        names: dict[str, Any] = {
            "uid": self._word(),
            "name": self._word(),
            "userInfo": {"username": self._word()},
        }
        review = review_document(document, namespace=self._namespace, **names, **options)
        return request(path, json.dumps(review).encode())

    def _word(self) -> str:
        return f"w{self._rng.randrange(10**12)}"


def request(path: str, body: bytes, content_type: str = "application/json") -> bytes:
    """Build an HTTP request."""
    header = (
        f"POST {with_token(path)}?timeout=10s HTTP/1.1\r\nHost: webhook\r\nContent-Type: {content_type}\r\n"
    )
    return f"{header}Content-Length: {len(body)}\r\n\r\n".encode() + body
