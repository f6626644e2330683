"""How a command reaches the API server, as its options say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Access(TypedDict, total=False):
    """Which API server, which namespace, and in whose name; absent and None mean the kubeconfig's own."""

    kubeconfig: str | None
    context: str | None
    namespace: str | None
    as_user: str | None
    as_groups: Sequence[str] | None
