"""Links and anchors of Markdown pages, as GitHub renders them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

FENCE = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n|\n(?= {4}))+")
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:")


def links(page: str) -> list[str]:
    """Return the targets of a page's links and images in order, except those in code."""
    prose = CODE.sub("", INDENTED.sub("", FENCE.sub("", page)))
    return LINK.findall(prose)


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings; those of repeated headings end with a number."""
    found: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", page)):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        anchor = words
        while anchor in found:
            number += 1
            anchor = f"{words}-{number}"
        found.add(anchor)
    return found


def broken_links(pages: Iterable[Path]) -> Iterator[str]:
    """Return each relative link whose file or anchor does not exist, as `page: target`."""
    for page in pages:
        for target in links(page.read_text()):
            if not EXTERNAL.match(target) and not _exists(page, target):
                yield f"{page.name}: {target}"


def _exists(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in anchors(file.read_text()))
