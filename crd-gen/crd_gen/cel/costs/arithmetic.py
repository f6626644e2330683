"""Saturating uint64 arithmetic for costs and sizes, as in cel-go."""

from __future__ import annotations

import math

UNLIMITED = 2**64 - 1
"""A cost or size without a bound."""

TRAVERSAL = 0.1
"""Cost of reading a character (cel-go, common/cost.go)."""
REGEX = 0.25
"""Cost of a character of a pattern, for each unit of the text's cost."""


def plus(*amounts: int) -> int:
    """Return the sum, at most UNLIMITED."""
    return min(sum(amounts), UNLIMITED)


def times(left: int, right: int) -> int:
    """Return the product, at most UNLIMITED."""
    return min(left * right, UNLIMITED)


def scaled(amount: int, factor: float) -> int:
    """Return the product with a factor, rounded up; of UNLIMITED too, it is a fraction."""
    return min(math.ceil(float(amount) * factor), UNLIMITED)
