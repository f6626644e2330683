"""Text from a record as HTML."""

from __future__ import annotations

import html

from arkrun_cli.render.terminal import sanitize


def escape(text: str) -> str:
    """Return `text` for HTML, without characters that reorder or hide what is around them."""
    return html.escape(sanitize(text))
