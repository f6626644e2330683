"""What one role may use."""

from arkrun_crd.v1alpha1.values import Open
from crd_gen import Int32, Int64


class CircuitBreaker(Open):
    """When calls of a failing model are suspended."""

    failure_threshold: Int32 | None = None
    """Failures in a row that open the circuit."""
    cooldown_seconds: Int32 | None = None
    """Seconds an open circuit waits before it tries again."""
    half_open_max_calls: Int32 | None = None
    """Calls let through while the circuit tries again."""


class RoleLimits(Open):
    """Bounds of what one role may use."""

    tokens_per_call: Int64 = 8000
    """Tokens of one model call."""
    concurrent_tasks: Int64 = 5
    """Tasks one replica works on at a time."""
    timeout_seconds: Int64 = 120
    """Seconds one task may take."""
    retries: Int64 = 3
    """Retries of a failed task."""
    daily_tokens: Int64 | None = None
    """Tokens in any 24 hours."""
    max_answer_tokens_per_call: Int32 | None = None
    """Tokens of the answer of one model call."""
    max_thinking_tokens_per_call: Int32 | None = None
    """Tokens of thinking in one model call."""
    circuit_breaker: CircuitBreaker | None = None
    """When calls of a failing model are suspended."""
    max_tokens_per_call: Int64 | None = None
    """Tokens of one model call, as older operators write it."""
    max_daily_tokens: Int64 | None = None
    """Tokens in any 24 hours, as older operators write it."""
    max_concurrent_tasks: Int64 | None = None
    """Tasks one replica works on at a time, as older operators write it."""
    max_retries: Int64 | None = None
    """Retries of a failed task, as older operators write it."""
