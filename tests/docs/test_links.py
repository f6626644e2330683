"""Relative links of Markdown pages lead to existing files and headings."""

import subprocess
from pathlib import Path

import pytest

from docs.markdown import anchors, broken_links, links
from support.repository import ROOT

PAGE = """# The page

See [a](a.md), [b](a.md#what-it-is "title") and ![picture](x.svg).

    [an example](in.code)

```sh
[another](in.code)
# no heading
```

`[a third](in.code)` and [the web](https://example.com).

## What `it` is: arkrun_x (1.0)

## Twice

## Twice
"""


def pages() -> list[Path]:
    """Return every Markdown page of the repository, except in ignored folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_every_relative_link_and_anchor_exists() -> None:
    found = pages()

    assert {page.relative_to(ROOT).as_posix() for page in found} >= {
        ".github/CONTRIBUTING.md",
        "README.md",
        "certs/README.md",
        "charts/arkrun/README.md",
        "crd-gen/README.md",
        "docs/operations.md",
        "docs/troubleshooting.md",
    }
    assert list(broken_links(found)) == []


def test_every_page_is_linked_from_the_readme() -> None:
    linked = links((ROOT / "README.md").read_text())

    written = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert written - {target.partition("#")[0] for target in linked} == set()


def test_links_in_code_are_ignored() -> None:
    """This holds for fenced, indented and inline code."""
    assert links(PAGE) == ["a.md", "a.md#what-it-is", "x.svg", "https://example.com"]


def test_anchors_are_computed_as_by_github() -> None:
    """They are lower case, with hyphens for spaces, no punctuation, and a number for repeated headings."""
    assert anchors(PAGE) == {"the-page", "what-it-is-arkrun_x-10", "twice", "twice-1"}


@pytest.mark.parametrize("target", ["missing.md", "page.md#missing", "#missing"])
def test_a_broken_link_is_reported(tmp_path: Path, target: str) -> None:
    """This holds for files and anchors, including those of the page itself."""
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n[this]({target}), [that](#page), [web](https://example.com/missing.md)\n")

    assert list(broken_links([page])) == [f"page.md: {target}"]
