"""Costs and sizes as cel-go counts them: whole numbers that stop at the largest uint64."""

from __future__ import annotations

import math

ENDLESS = 2**64 - 1
"""A cost or size without a bound."""

TRAVERSAL = 0.1
"""Cost of a character that is read (cel-go, common/cost.go)."""
REGEX = 0.25
"""Cost of a character of a pattern, for each unit of the text."""


def plus(*amounts: int) -> int:
    """Add, up to ENDLESS."""
    return min(sum(amounts), ENDLESS)


def times(left: int, right: int) -> int:
    """Multiply, up to ENDLESS."""
    return min(left * right, ENDLESS)


def scaled(amount: int, factor: float) -> int:
    """Multiply by a factor and round up."""
    return ENDLESS if amount >= ENDLESS else min(math.ceil(amount * factor), ENDLESS)
