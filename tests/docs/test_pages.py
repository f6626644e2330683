"""Generated blocks are up to date, and the README is short."""

from pathlib import Path

import pytest

from docs.pages import BLOCKS, fill
from support.repository import ROOT


@pytest.mark.parametrize("page", BLOCKS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_generated_table_is_up_to_date(page: Path) -> None:
    """`make generate` would not change any block of the page."""
    text = page.read_text()

    assert [name for name, made in BLOCKS[page].items() if fill(text, name, made()) != text] == []


def test_a_page_without_the_block_is_an_error() -> None:
    """Otherwise the table would silently be missing."""
    with pytest.raises(ValueError, match=r'^the page has no block "<!-- x: generated -->" … "<!-- end -->"$'):
        fill("# Page\n", "x", "text")


def test_the_readme_has_at_most_150_lines() -> None:
    """Details belong in the pages under docs/."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
