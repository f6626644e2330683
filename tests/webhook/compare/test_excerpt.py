"""Values in messages: truncated, shown from their difference, without secrets."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from arkrun_webhook.compare.excerpt import VALUE_LIMIT, excerpt, excerpts

OLD = re.compile(r"secret|token(?!s)|password|credential|authorization|api[_-]?key|headers|://[^/\s]*@")
"""What was private when only the beginning of a value was shown."""

LONG = "Cite each source that you use, and keep the tone of the brief: "
URL = "https://oauth2:glpat-8sd7f6g5h4j3k2l1"
TOKEN = "eyJhbGciOiJSUzI1NiJ9." + "a" * 2000


def test_long_values_are_truncated() -> None:
    """Values have at most 40 characters, and unprintable ones are replaced."""
    assert excerpt(raw("x" * 100)) == f'"{"x" * 38}…'
    assert excerpt(Raw('"\u202eevil"'.encode())) == '"?evil"'


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", ('"a"', '"b"')),
        (
            f"A{LONG}",
            f"B{LONG}",
            ('"ACite each source that you use, and ke…', '"BCite each source that you use, and ke…'),
        ),
        (f"{LONG}be brief", f"{LONG}be kind", ('…f the brief: be brief"', '…f the brief: be kind"')),
        (LONG, f"{LONG}be brief", ('…e of the brief: "', '…e of the brief: be brief"')),
        (
            f"{LONG}a{LONG}",
            f"{LONG}b{LONG}",
            ("…e of the brief: aCite each source that…", "…e of the brief: bCite each source that…"),
        ),
        (f"{LONG}{'é' * 20}a", f"{LONG}{'é' * 20}b", ('…ééééééééa"', '…ééééééééb"')),
        ([LONG], [f"{LONG}!"], ('…e of the brief: "]', '…e of the brief: !"]')),
    ],
    ids=["short", "begin", "end", "longer", "middle", "not ASCII", "list"],
)
def test_long_values_are_shown_from_their_first_difference(
    before: Any, after: Any, shown: tuple[str, str]
) -> None:
    """The two excerpts of a change always differ."""
    assert excerpts("spec.roles[0].systemPrompt", raw(before), raw(after)) == shown


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{LONG}password: a", f"{LONG}password: b"),
        (f"password: x {LONG}{LONG}a", f"password: x {LONG}{LONG}b"),
        (f"{LONG * 9}api_key={TOKEN}a", f"{LONG * 9}api_key={TOKEN}b"),
        (f"{LONG * 9}Authorization: Bearer {TOKEN}a", f"{LONG * 9}Authorization: Bearer {TOKEN}b"),
        (f"{LONG}a, and the secret is 7", f"{LONG}b, and the secret is 7"),
        (f"password: x {LONG * 9}a", f"password: x {LONG * 9}b"),
        (f"{LONG}a, password: x", f"{LONG}b, and none"),
        (f"git clone {URL}", f"git clone {URL}@git.example/x"),
        (f"git clone {URL}a{TOKEN}@git.example/x", f"git clone {URL}b{TOKEN}@git.example/x"),
        (f"{LONG}-----BEGIN PRIVATE KEY-----\nMIIEa", f"{LONG}-----BEGIN PRIVATE KEY-----\nMIIEb"),
        (f"{LONG}Use Bearer sk-live-1", f"{LONG}Use Bearer sk-live-2"),
        (f"{LONG}passwd=hunter2", f"{LONG}passwd=hunter3"),
        (f"{LONG}to\N{KELVIN SIGN}en: 1", f"{LONG}to\N{KELVIN SIGN}en: 2"),
        (f"{LONG}authorizatiox: a", f"{LONG}authorization: b"),
        (f"{LONG}authorization: a", f"{LONG}authorizatiox: b"),
    ],
    ids=[
        "just before",
        "at the beginning",
        "long before",
        "words before",
        "behind",
        "far before",
        "behind one",
        "new URL",
        "long URL",
        "key",
        "bearer",
        "passwd",
        "Kelvin",
        "now",
        "no more",
    ],
)
def test_a_common_prefix_that_mentions_a_secret_hides_the_value(before: str, after: str) -> None:
    """The distance to the difference does not matter if the secret may extend to it."""
    assert excerpts("spec.input.text", raw(before), raw(after)) == ("(hidden)", "(hidden)")


def test_a_path_that_mentions_a_secret_hides_the_value() -> None:
    """Long keys that differ at their end are hidden too."""
    assert excerpts("spec.input.apiKey", raw(f"{LONG}a"), raw(f"{LONG}b")) == ("(hidden)", "(hidden)")


def test_numbers_are_never_hidden() -> None:
    """`maxTokens` mentions tokens and is shown."""
    digits = "1234567890" * 6

    assert excerpts("spec.token", Raw(f"{digits}1".encode()), Raw(f"{digits}2".encode())) == (
        "…56789012345678901",
        "…56789012345678902",
    )


@given(st.from_regex(OLD), st.text(), st.text(), st.text())
def test_a_secret_in_a_truncated_prefix_stays_hidden(private: str, common: str, one: str, other: str) -> None:
    """The excerpt at a difference shows nothing that the excerpt from the beginning hides."""
    for begin in (private + common, common + private):
        before, after = (raw(begin + "-" * VALUE_LIMIT + end) for end in (one, other))
        begins = [bytes(each)[: VALUE_LIMIT * 4].decode(errors="replace").lower() for each in (before, after)]
        hid = tuple("(hidden)" if OLD.search(text) else "" for text in begins)
        shown = excerpts("spec.output", before, after)

        assert [each for each, was in zip(shown, hid, strict=True) if was and each != was] == []


@given(st.text(), st.text(), st.text())
def test_an_excerpt_is_short_and_can_be_printed(common: str, one: str, other: str) -> None:
    shown = excerpts("spec.output", raw(common * 9 + one), raw(common * 9 + other))

    assert all(len(each) <= VALUE_LIMIT and each.isprintable() for each in shown)


def raw(value: Any) -> Raw:
    """Write a value as the API server does, but for its keys."""
    return Raw(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
