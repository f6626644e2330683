"""Verification of runs without an API server: every change is found, and named by its part."""

import json
from typing import Any

import pytest
from hypothesis import given

from arkrun_crd.names import SPEC_SEAL_ANNOTATION, TEAM_LABEL
from arkrun_crd.seal.keys import KeyFormatError, public_keys
from arkrun_crd.seal.statement import parse_seal
from arkrun_crd.seal.verify import State, verify
from seal.format.strategies import altered_runs, sealed_runs
from seal.format.vectors import FILE, annotated, changed, document
from support.builders.records import DONE, record
from support.builders.seals import KEY, KEYS, SEALED_AT, failed, sealed, sealed_record

Json = dict[str, Any]


def reasons(run: Json) -> dict[str, str]:
    """Return each part that is not verified as `state: reason`."""
    parts = verify(run, KEYS).parts
    return {
        name: f"{part.state}: {part.reason}"
        for name, part in parts.items()
        if part.state is not State.VERIFIED
    }


@given(sealed_runs())
def test_a_sealed_run_is_verified(run: Json) -> None:
    """Whatever its fields are, and in whatever order they come back."""
    reordered = json.loads(json.dumps(run, sort_keys=True))

    assert verify(run, KEYS).state is verify(reordered, KEYS).state is State.VERIFIED


@given(altered_runs())
def test_any_single_change_is_found(change: tuple[str, Json, Json]) -> None:
    """In spec, status, identity or a seal; a changed spec or identity is never less than altered."""
    part, _, run = change
    report = verify(run, KEYS)

    assert report.state is not State.VERIFIED
    if part in ("spec", "identity"):
        assert report.parts[part].state is State.ALTERED


def test_the_vectors_are_those_of_this_code() -> None:
    """`make generate` writes them."""
    assert json.loads(FILE.read_text()) == json.loads(json.dumps(document()))


def test_a_report_says_when_the_run_was_sealed() -> None:
    """Both times, of valid seals only."""
    report = verify(sealed_record(), KEYS)

    assert (report.spec_sealed, report.status_sealed) == (SEALED_AT, SEALED_AT)


def test_a_statement_names_the_run() -> None:
    """With its digests; what it omits belongs to the other seal."""
    run = sealed_record()
    statement = parse_seal(run["metadata"]["annotations"][SPEC_SEAL_ANNOTATION]).statement

    assert (statement.seal, statement.key, statement.time) == ("spec", KEY.public.id, SEALED_AT)
    assert (statement.uid, statement.name, statement.namespace, statement.team, statement.generation) == (
        "uid-of-blog-run-1",
        "blog-run-1",
        "my-org",
        "blog",
        1,
    )
    assert (statement.status, statement.phase, statement.completed) == (None, None, None)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (
            changed(sealed_record(), name="x", uid="y"),
            {
                "identity": "altered: sealed as another run (uid was 'uid-of-blog-run-1', "
                "name was 'blog-run-1')"
            },
        ),
        (
            changed(sealed_record(), labels={TEAM_LABEL: "other"}),
            {"identity": "altered: sealed as another run (team was 'blog')"},
        ),
        (
            {**sealed_record(), "status": {**DONE, "output": "x"}},
            {"status": "altered: differs from what was sealed"},
        ),
        (
            {**sealed_record(), "spec": {}},
            {"spec": "altered: differs from what was sealed"},
        ),
        (
            {**sealed(record(status=failed())), "status": failed(phase="Running")},
            {"status": "cannot tell: differs from what was sealed, as after a retry that is not sealed yet"},
        ),
        (
            annotated(sealed_record(), **{SPEC_SEAL_ANNOTATION: None}),
            {"spec": "not sealed: its own seal is missing; the seal of the end names the same spec"},
        ),
        (
            annotated(sealed_record(), **{SPEC_SEAL_ANNOTATION: "v2.x"}),
            {"spec": "cannot tell: format v2 is not known: a newer ark may know it"},
        ),
        (sealed(record(status={"phase": "Running"})), {"status": "open: the run has not ended"}),
    ],
    ids=["copy", "team", "status", "spec", "retried", "removed", "version", "running"],
)
def test_a_report_says_what_differs(run: Json, expected: dict[str, str]) -> None:
    """One sentence for each part."""
    assert reasons(run) == expected


def test_content_of_a_wrong_type_is_altered_and_no_error() -> None:
    """A direct edit of etcd can put anything there."""
    run = sealed_record()

    for part in ("spec", "status"):
        for value in (None, "x", [1], 5):
            assert verify({**run, part: value}, KEYS).parts[part].state is State.ALTERED


def test_a_public_key_is_read_from_its_pem() -> None:
    """As openssl writes it, alone or among others."""
    assert public_keys([KEY.public.pem]) == KEYS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected an Ed25519 public key (-----BEGIN PUBLIC KEY-----)"),
        (
            "-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----",
            "a public key is not valid base64",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            "a public key is not an Ed25519 key",
        ),
    ],
)
def test_a_text_without_a_key_is_refused(text: str, message: str) -> None:
    """The message says what was expected."""
    with pytest.raises(KeyFormatError) as caught:
        public_keys([text])

    assert str(caught.value) == message
