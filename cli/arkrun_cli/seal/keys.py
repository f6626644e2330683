"""The public keys of the seals, from PEM files or exported ConfigMaps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from arkrun_cli.errors import BadInputError
from arkrun_cli.files import read
from arkrun_crd.seal.keys import KeyFormatError, PublicKey, public_keys

__all__ = ["Keys", "keys_of_files", "parse_keys"]

Keys = dict[str, PublicKey]


def keys_of_files(files: Sequence[Path]) -> Keys:
    """Read public keys (PEM), or exported ConfigMaps that contain them. Raises BadInputError."""
    keys: Keys = {}
    for file in files:
        keys |= parse_keys(str(file), _texts(read(file)))
    return keys


def _texts(text: str) -> list[str]:
    """Return the texts that contain keys: the values of `data` in JSON, else the text itself."""
    try:
        document = json.loads(text)
    except ValueError:
        return [text]
    data = document.get("data") if isinstance(document, dict) else None
    return [str(value) for value in data.values()] if isinstance(data, dict) else [text]


def parse_keys(source: str, texts: list[str]) -> Keys:
    """Parse public keys; `source` is named in the message. Raises BadInputError."""
    try:
        return public_keys(texts)
    except KeyFormatError as error:
        raise BadInputError(f"{source}: {error}") from None
