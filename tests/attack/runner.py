"""Attempts to change the runs of an arena; the outcome is read from what the API server stored."""

import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from time import perf_counter
from typing import Any

from arkrun_crd.names import RESTORED_ANNOTATION, TEAM_LABEL
from attack.arena import NOBODY, Arena
from attack.changes import CHANGES, changed, same
from attack.client import PersistentApi
from attack.tally import Attempt, Outcome, Tally
from attack.verbs import STATUS_VERBS, VERBS, Document, Sender, copied
from attack.writes import WRITES, may_write
from controlplane import Answer

LABELS = ("label dropped", "label pointed elsewhere", "labels dropped")
MARKS = ("mark added", "mark changed", "mark dropped")
STATUSES = tuple(f"ended status, {kind}" for kind in CHANGES)
CREATES = ("unstamped run", "unauthorized restore")
NOTES = ("conditions", "observedGeneration")
"""Fields of a finished run's status that can still be written."""

LEGITIMATE_SHARE = 0.3


class Attacker:
    """A client with its own random stream: the same seed makes the same attempts."""

    def __init__(self, arena: Arena, mode: str, tally: Tally, seed: str) -> None:
        self._arena = arena
        self._mode = mode
        self._tally = tally
        self._rng = Random(seed)
        self._sender = Sender(PersistentApi.like(arena.control_plane.api), arena.namespace)
        self._nobody = Sender(PersistentApi.like(arena.control_plane.user_api(NOBODY)), arena.namespace)

    def attempt(self, names: Sequence[str]) -> None:
        """Attack a random run of `names`; the stored run is compared before and after."""
        before = self._stored(self._rng.choice(names))
        if self._rng.random() < LEGITIMATE_SHARE:
            self._write(before)
        else:
            self._attack(before)

    def close(self) -> None:
        self._sender.api.close()
        self._nobody.api.close()

    def _stored(self, name: str) -> Document:
        answer = self._sender.get(name)
        assert answer.status == http.client.OK, answer.body
        document: Document = answer.json()
        self._compare(document, "stored", "GET", 0.0)
        return document

    def _attack(self, before: Document) -> None:
        kind = self._rng.choice(self._kinds(before))
        if kind in CREATES:
            self._create(kind, before)
            return
        if kind in STATUSES:
            self._change_status(kind, before)
            return
        after = copied(before)
        if kind in LABELS:
            self._change_label(kind, after)
        elif kind in MARKS:
            self._change_mark(kind, after)
        else:
            after["spec"] = changed(self._rng, kind, after["spec"])
        if self._rng.random() < 0.2:  # a legitimate change in the same request
            after["metadata"].setdefault("annotations", {})["attack"] = str(self._rng.random())
        verb = self._rng.choice(list(VERBS))
        started = perf_counter()
        answer = self._sender.send(verb, copied(before), after)
        self._check_attack(kind, verb, answer, perf_counter() - started)

    def _kinds(self, before: Document) -> list[str]:
        """List the kinds of attack for a run; the webhook alone does not protect statuses."""
        kinds = [*CHANGES, *LABELS, *MARKS, *CREATES]
        if _ended(before) and self._mode != "alone":
            kinds += STATUSES
        return kinds

    def _change_status(self, kind: str, before: Document) -> None:
        after, status = copied(before), _record(before) or {}
        notes = {key: before["status"][key] for key in NOTES if key in before["status"]}
        after["status"] = changed(self._rng, kind.removeprefix("ended status, "), status) | notes
        verb = self._rng.choice(list(STATUS_VERBS))
        started = perf_counter()
        answer = STATUS_VERBS[verb](self._sender, copied(before), after)
        self._check_attack(kind, verb, answer, perf_counter() - started)

    def _create(self, kind: str, before: Document) -> None:
        """Try to create an unstamped run, or to restore a record without permission."""
        original = self._arena.originals[before["metadata"]["name"]]
        document = copied(original)
        labels = {TEAM_LABEL: original["spec"].get("teamRef", "")}
        document["metadata"] = {"name": "intruder", "labels": labels}
        sender = self._sender
        if kind == "unauthorized restore":
            document["metadata"]["annotations"] = {RESTORED_ANNOTATION: "true"}
            sender = self._nobody
        else:
            self._unstamp(document)
        started = perf_counter()
        answer = sender.create(document, "?dryRun=All")
        outcome: Outcome = "refused"
        if answer.status < 300:
            stamped = kind == "unstamped run" and _stamped(answer.json())
            outcome = "without effect" if stamped else "ACCEPTED"
        self._note(kind, "create", outcome, perf_counter() - started, answer.body.decode(errors="replace"))

    def _unstamp(self, document: Document) -> None:
        """Remove one or more parts of the stamp."""
        spec = document["spec"]
        for part in self._rng.sample(["label", "generation", "snapshot"], self._rng.randint(1, 3)):
            if part == "label":
                document["metadata"]["labels"] = self._rng.choice([{}, {TEAM_LABEL: "other"}])
            elif part == "generation":
                self._leave_out(spec, "teamGeneration")
            else:
                for field in ("pipeline", "roles", "routing"):
                    self._leave_out(spec, field)

    def _leave_out(self, spec: Document, field: str) -> None:
        spec.pop(field, None)
        if self._rng.random() < 0.3:
            spec[field] = self._rng.choice([None, 0 if field == "teamGeneration" else []])

    def _change_mark(self, kind: str, after: Document) -> None:
        annotations = after["metadata"].setdefault("annotations", {})
        if kind == "mark dropped":
            annotations.pop(RESTORED_ANNOTATION, None)
        else:
            own = annotations.get(RESTORED_ANNOTATION)
            values = [value for value in ("true", "false", "", "True") if value != own]
            annotations[RESTORED_ANNOTATION] = self._rng.choice(values)

    def _check_attack(self, kind: str, verb: str, answer: Answer, seconds: float) -> None:
        if answer.status < 300:
            if not self._compare(answer.json(), kind, verb, seconds):
                return
            outcome: Outcome = "without effect"
        elif "failed calling webhook" in answer.message and self._mode in ("on", "alone"):
            outcome = "BROKEN"
        else:
            outcome = "refused"
        self._note(kind, verb, outcome, seconds, answer.message)

    def _write(self, before: Document) -> None:
        kind = self._rng.choice([kind for kind in WRITES if may_write(kind, before, self._mode)])
        started = perf_counter()
        answer = WRITES[kind](self._sender, self._rng, before)
        seconds = perf_counter() - started
        if answer.status == http.client.CONFLICT:  # another attacker was faster
            return
        if answer.status < 300:
            self._note(kind, "legitimate", "passed", seconds, "")
        else:
            self._note(kind, "legitimate", "BLOCKED", seconds, answer.body.decode(errors="replace"))

    def _change_label(self, kind: str, after: Document) -> None:
        metadata = after["metadata"]
        if kind == "labels dropped":
            metadata.pop("labels", None)
        elif kind == "label dropped":
            metadata.get("labels", {}).pop(TEAM_LABEL, None)
        else:
            own = after["spec"].get("teamRef")
            others = [name for name in ("blog", "dynamic", "routed", "", "BLOG") if name != own]
            metadata.setdefault("labels", {})[TEAM_LABEL] = self._rng.choice(others)

    def _compare(self, document: Document, kind: str, verb: str, seconds: float) -> bool:
        """Return True if a run is unchanged; otherwise count an accepted change."""
        original = self._arena.originals[document["metadata"]["name"]]
        label, first = _label(document), _label(original)
        added = first is None and label == document.get("spec", {}).get("teamRef")
        unchanged = all(same(part(document), part(original)) for part in (_spec, _generation, _mark, _record))
        if unchanged and (label == first or added):
            return True
        detail = f"{json.dumps(original)} became {json.dumps(document)}"
        self._note(kind, verb, "ACCEPTED", seconds, detail)
        return False

    def _note(self, kind: str, verb: str, outcome: Outcome, seconds: float, detail: str) -> None:
        self._tally.add(Attempt(self._mode, kind, verb, outcome, seconds, detail))


def run(arena: Arena, mode: str, count: int, *, seed: int, tally: Tally, clients: int = 3) -> None:
    """Run `count` attempts in one mode, from several clients at once."""
    names = sorted(arena.originals)
    attackers = [Attacker(arena, mode, tally, f"{seed}/{mode}/{number}") for number in range(clients)]
    with _mode(arena, mode):
        _together([lambda each=each: _repeat(each, names, count // clients) for each in attackers])


def _repeat(attacker: Attacker, names: Sequence[str], count: int) -> None:
    try:
        for _ in range(count):
            attacker.attempt(names)
    finally:
        attacker.close()


def _together(tasks: Sequence[Any]) -> None:
    errors: list[BaseException] = []

    def guarded(task: Any) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001  # shown by the main thread
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def _mode(arena: Arena, mode: str) -> Iterator[None]:
    """Put the webhook into a mode for the block, then restore it."""
    if mode == "off":
        arena.installed.stop_webhook()
        yield
        arena.installed.start_webhook()
    elif mode == "gone":
        arena.remove_webhook()
        yield
        arena.restore_webhook()
    elif mode == "restarting":
        with _restarts(arena):
            yield
    else:
        if mode == "alone":
            arena.remove_rules_and_policies()
        yield


@contextmanager
def _restarts(arena: Arena) -> Iterator[None]:
    over = threading.Event()

    def restart() -> None:
        while not over.is_set():
            arena.installed.stop_webhook()
            over.wait(0.3)
            arena.installed.start_webhook()
            over.wait(1.0)

    thread = threading.Thread(target=restart)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    # A process ends with the thread that started it, so start the last one in this thread.
    arena.installed.stop_webhook()
    arena.installed.start_webhook()


def _ended(document: Document) -> bool:
    return document.get("status", {}).get("phase") in ("Succeeded", "Failed")


def _record(document: Document) -> Document | None:
    """Return the part of a finished run's status that cannot change."""
    if not _ended(document):
        return None
    return {key: value for key, value in document["status"].items() if key not in NOTES}


def _spec(document: Document) -> Any:
    return document.get("spec")


def _generation(document: Document) -> Any:
    return document["metadata"]["generation"]


def _mark(document: Document) -> Any:
    return document["metadata"].get("annotations", {}).get(RESTORED_ANNOTATION)


def _stamped(document: Document) -> bool:
    spec = document["spec"]
    return (
        bool(_label(document) == spec.get("teamRef"))
        and isinstance(spec.get("teamGeneration"), int)
        and spec["teamGeneration"] > 0
        and any(spec.get(field) for field in ("pipeline", "roles", "routing"))
    )


def _label(document: Document) -> Any:
    return document["metadata"].get("labels", {}).get(TEAM_LABEL)
