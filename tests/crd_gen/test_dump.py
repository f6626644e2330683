"""YAML output: any document is parsed back unchanged."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crd_gen.output.yaml import dump

TEXTS = st.text(max_size=20) | st.text(" :#-?'\"\n\\{}[]&*!|>%@`,~ynaé.0e+\t", max_size=12)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(-1e9, 1e9) | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("start", range(0, 0x11000, 0x1000))
def test_every_character_is_parsed_back(start: int) -> None:
    """Non-printable characters are escaped; one supplementary plane represents all."""
    characters = "".join(chr(code) for code in range(start, start + 0x1000) if not 0xD800 <= code <= 0xDFFF)
    # Alone where YAML gives a character a meaning or forbids it, elsewhere sixteen at a time.
    length = 1 if start in {0, 0xF000} else 16

    held = {f"a{at}": characters[at : at + length] for at in range(0, len(characters), length)}
    assert yaml.load(dump(held), yaml.CSafeLoader) == held


@given(value=VALUES)
def test_any_document_is_parsed_back(value: Any) -> None:
    """Any JSON is parsed back unchanged by a YAML 1.1 parser."""
    assert yaml.safe_load(dump(value)) == value


def test_layout_of_a_document() -> None:
    """Keys are sorted, lists are indented, and multi-line strings are blocks."""
    document = {
        "list": [{"b": 1, "a": [True, None]}, [], "x", ["y"], "one\ntwo"],
        "empty": {},
        "text": "first\n\n  second\n",
        "plain": "a sentence, with a comma; and {{ braces }}",
        "quoted": "key: value",
        "number": 1.5,
    }

    assert dump(document) == (
        "empty: {}\n"
        "list:\n"
        "  - a:\n"
        "      - true\n"
        "      - null\n"
        "    b: 1\n"
        "  - []\n"
        "  - x\n"
        "  - - 'y'\n"
        "  - |-\n"
        "      one\n"
        "      two\n"
        "number: 1.5\n"
        "plain: a sentence, with a comma; and {{ braces }}\n"
        "quoted: 'key: value'\n"
        "text: |\n"
        "  first\n"
        "\n"
        "    second\n"
    )
