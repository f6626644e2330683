"""Length limits and printability of messages."""

NAME_LIMIT = 253
"""Maximum length of a name in Kubernetes."""

MESSAGE_LIMIT = 4000
"""Maximum length of a refusal, which may quote names and keys of any length."""

# The API server truncates warnings to 256 characters and recommends 120 (admission/v1, `warnings`).
WARNING_LIMIT = 120


def cut(text: str, limit: int) -> str:
    """Truncate a text to `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def printable(text: str, replacement: str) -> str:
    """Replace each character that cannot be printed."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else replacement for character in text)
