"""A fake ark operator: it writes what the real controller writes, and runs no agent."""

from fake_operator.machine import Outcome, reconcile
from fake_operator.operator import Operator, Script

__all__ = ["Operator", "Outcome", "Script", "reconcile"]
