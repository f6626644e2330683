"""The texts that go out: how long they may be, and what may stand in them."""

NAME_LIMIT = 253
"""Characters of the longest name that Kubernetes gives to anything."""

MESSAGE_LIMIT = 4000
"""Characters of a refusal; names of roles and keys of inputs may be as long as somebody likes."""

# The API server cuts a warning at 256 characters and advises 120 (admission/v1, `warnings`).
WARNING_LIMIT = 120


def cut(text: str, limit: int) -> str:
    """Shorten a text to `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def printable(text: str, instead: str) -> str:
    """Put `instead` in the place of each character that cannot be printed."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else instead for character in text)
