"""A stand-in for the ark operator: it writes what the real controller writes, and runs no agent.

Named standin, not operator: tests/ is on the import path, where an `operator` package would hide
Python's own.
"""

from standin.machine import Outcome, reconcile
from standin.operator import Operator, Script

__all__ = ["Operator", "Outcome", "Script", "reconcile"]
