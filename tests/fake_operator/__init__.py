"""A fake ark operator, which writes the real controller's statuses without running agents."""

from fake_operator.machine import Outcome, reconcile
from fake_operator.operator import Operator, Script

__all__ = ["Operator", "Outcome", "Script", "reconcile"]
